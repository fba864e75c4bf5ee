using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.BadInput;

/// <summary>Waits until an object tells of a trouble, and judges what it says: about which object, and what to do.</summary>
internal static class Told
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static Task StalledNodeAsync(Lab lab, string name, string reason, params string[] words) =>
        UntilAsync(lab, $"Node {name}", async () => await lab.Kubectl.NodeAsync(name) is { } node && node.Status?.ObservedGeneration == node.Metadata.Generation ? node.Status!.Conditions : null, "Stalled", reason, words);

    public static Task StalledImageAsync(Lab lab, string name, string reason, params string[] words) =>
        UntilAsync(lab, $"Image {name}", async () => (await lab.Kubectl.ImageAsync(name))?.Status?.Conditions, "Stalled", reason, words);

    public static Task StalledProvisionerAsync(Lab lab, string name, string reason, params string[] words) =>
        UntilAsync(lab, $"Provisioner {name}", async () => (await lab.Kubectl.ProvisionerAsync(name))?.Status?.Conditions, "Stalled", reason, words);

    public static Task StalledCaptureAsync(Lab lab, string name, string reason, params string[] words) =>
        UntilAsync(lab, $"ImageCapture {name}", async () => (await lab.Kubectl.CaptureAsync(name))?.Status?.Conditions, "Stalled", reason, words);

    /// <summary>For what the operator tries again by itself.</summary>
    public static Task RetryingNodeAsync(Lab lab, string name, string reason, params string[] words) => UntilAsync(
        lab,
        $"Node {name}",
        async () => (await lab.Kubectl.NodeAsync(name))?.Status is { Retry: { } retry } status && retry.Reason == reason ? status.Conditions : null,
        "Reconciling",
        Reasons.WaitingToRetry,
        words);

    public static Task ReadyProvisionerAsync(Lab lab, string name) => UntilAsync(
        lab, $"Provisioner {name}", async () => (await lab.Kubectl.ProvisionerAsync(name))?.Status?.Conditions, "Ready", Reasons.EngineAvailable, []);

    private static async Task UntilAsync(Lab lab, string what, Func<Task<IList<Condition>?>> read, string type, string reason, string[] words)
    {
        IList<Condition>? seen = null;
        await lab.UntilAsync(
            $"the {what} says {type} {reason}",
            async () => (seen = await read())?.Any(condition => condition.Type == type && condition.Status == ConditionStatus.True && condition.Reason == reason) == true,
            Limit);

        var message = seen!.Single(condition => condition.Type == type).Message;
        TestContext.Current.TestOutputHelper!.WriteLine($"{what}: {type} {reason}: {message}");
        Assert.All(words, word => Assert.Contains(word, message, StringComparison.OrdinalIgnoreCase));
    }
}
