using System.Text;
using System.Text.Json;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Core.Verdict;
using Provisioning.Hostile.Tests.Fuzzing;
using Provisioning.Hostile.Tests.Status;
using Provisioning.Ssh;

namespace Provisioning.Hostile.Tests.Targets;

/// <summary>What holds for whatever any of the parsers makes of any bytes.</summary>
internal static class Promises
{
    private static readonly Node Node = new()
    {
        Metadata = new ObjectMeta { Name = "n", Namespace = "lab", Generation = 1 },
        Spec = new NodeSpec { ProvisionerRef = new() { Name = "p" }, ImageRef = new() { Name = "wanted" }, OperatingSystem = new() { Type = OperatingSystemType.Linux } },
        Status = new NodeStatus(),
    };

    public static SshEndpoint Endpoint { get; } = new() { Address = "host", Port = 22, User = "root", HostKeys = [], HostKeysField = "spec", Credentials = new("login", "1", null, null, null) };

    /// <summary>The answer of a command as a session gives it: bytes that are no UTF-8 are replaced. A leading "!" stands for an exit code that is not 0.</summary>
    public static SshResult Answer(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var parts = text.Split("\n!stderr\n", 2);
        var failed = text.StartsWith('!');
        return new(failed ? 1 : 0, failed ? parts[0][1..] : parts[0], parts.Length > 1 ? parts[1] : "", OutputTruncated: false);
    }

    /// <summary>Whatever was seen, the status that follows from it is within the schema and shows nothing that acts on a terminal.</summary>
    public static void StatusIsClean(Observation observation)
    {
        var situation = new NodeSituation { Node = Node, Now = DateTimeOffset.UnixEpoch, Observation = observation, DesiredImage = new DesiredImage("wanted", "1", "sha256:" + new string('a', 64)) };
        var decision = NodeDecider.Decide(situation);
        var status = NodeReports.WithObservation(new NodeStatus(), situation);
        status = status with { Conditions = NodeConditions.Compose(situation, decision, status) };
        CleanJson.Check(JsonSerializer.SerializeToNode(status, ApiJsonContext.Default.NodeStatus)!);
    }

    public static Observation Seen(CurrentImageReading image, Fact configured, Fact tainted, string? bootId = null) => new()
    {
        Time = DateTimeOffset.UnixEpoch, Exists = Fact.Yes, Ping = Fact.Yes, Ssh = Fact.Yes, Power = PowerReading.On,
        CurrentImage = image, Configured = configured, Tainted = tainted, BootId = bootId,
    };

    public static Observation Seen(PowerReading power) => new() { Time = DateTimeOffset.UnixEpoch, Exists = Fact.Yes, Power = power, EngineState = power.Detail };

    public static Observation Unknown(string problem) => Observation.Nothing(DateTimeOffset.UnixEpoch, Reasons.UnexpectedAnswer, problem);

    /// <summary>What a host said of itself: it can be used only if the one line that says so is all that it printed, and what is told of it can be shown.</summary>
    public static void ProbeIsHonest(SshResult result, Fact reachable, string? version)
    {
        StatusIsClean(Unknown(reachable.Detail ?? "none"));
        IsClean(version, 403);
        BrokenPromiseException.Unless(reachable.IsYes == version is not null, "a version of a host that cannot be used, or none of one that can");
        if (reachable.IsYes)
            BrokenPromiseException.Unless(result.IsSuccess && result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [var only] && only.StartsWith("version ", StringComparison.Ordinal), "a host that did not say so can be used");
        if (result.Output.Split('\n').Any(line => line.StartsWith("missing ", StringComparison.Ordinal)))
            BrokenPromiseException.Unless(reachable is { IsNo: true, Detail: not null }, "a host that lacks something can be used, or is not told what it lacks");
    }

    /// <summary>A host key that can be stored and compared.</summary>
    public static void KeyIsPlain(string key) =>
        BrokenPromiseException.Unless(key.Length is > 0 and <= 1024 && key.All(c => c is >= ' ' and <= '~'), $"a host key cannot be stored: {key.Length} characters");

    public static void IsClean(string? text, int longest)
    {
        BrokenPromiseException.Unless((text?.Length ?? 0) <= longest, $"a text of {text?.Length} characters where {longest} are allowed");
        CleanJson.CheckText("text", text ?? "");
    }
}
