using System.Text.Json.Nodes;

namespace Provisioning.Chart.Tests.Bed;

/// <summary>Waits for what kubectl shows.</summary>
public static class Waiting
{
    /// <summary>Reads an object; null if it is not there.</summary>
    public static async Task<JsonObject?> ReadAsync(this Kubectl kubectl, string kind, string name)
    {
        var result = await kubectl.TryAsync(null, "get", kind, name, "-o", "json");
        return result.ExitCode != 0 && result.Error.Contains("NotFound", StringComparison.Ordinal) ? null : (JsonObject)JsonNode.Parse(result.Succeeded())!;
    }

    /// <summary>Waits until a condition of an object has a reason, and gives the object.</summary>
    public static Task<JsonObject> ReadyAsync(this Kubectl kubectl, string kind, string name, string status = "True", string? reason = null) =>
        UntilAsync(kubectl, kind, name, read => read["status"]?["conditions"]?.AsArray().Any(condition =>
            (string)condition!["type"]! == "Ready" && (string)condition["status"]! == status && (reason is null || (string)condition["reason"]! == reason)) == true);

    /// <summary>Waits until an object is as wanted, and gives it.</summary>
    public static async Task<JsonObject> UntilAsync(this Kubectl kubectl, string kind, string name, Func<JsonObject, bool> wanted, int seconds = 180)
    {
        JsonObject? read = null;
        await Poll.UntilAsync(
            $"{kind} {name} is as wanted",
            async () => (read = await kubectl.LookAsync(kind, name)) is not null && wanted(read),
            TimeSpan.FromSeconds(seconds),
            TimeSpan.FromMilliseconds(100),
            describe: () => Task.FromResult($"{read}"));
        return read!;
    }
}
