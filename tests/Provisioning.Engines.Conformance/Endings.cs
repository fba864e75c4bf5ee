using System.Text.RegularExpressions;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Conformance;

/// <summary>What must be true when a verb has ended, by the word of the engine and by that of the world.</summary>
public static partial class Endings
{
    private static readonly HashSet<string> KnownReasons = [.. typeof(Reasons).GetFields().Select(field => field.Name)];

    /// <summary>Whether the verb must succeed from this beginning; otherwise it may also say clearly why it cannot.</summary>
    public static bool MustSucceed(OperationKind kind, Beginning beginning, EngineCapabilities has) => (kind, beginning) switch
    {
        (OperationKind.Load, Beginning.Off) => has.HasFlag(EngineCapabilities.PowerOn),
        (OperationKind.Load or OperationKind.Unload, _) => true,
        (OperationKind.PowerOn or OperationKind.PowerOff, Beginning.On or Beginning.Off or Beginning.OtherImage) => true,
        (OperationKind.PowerReset or OperationKind.Capture, Beginning.On or Beginning.OtherImage) => true,
        (OperationKind.PostLoad, Beginning.On) => true,
        _ => false,
    };

    /// <summary>A failure says why, and is honest about what it left.</summary>
    public static void AssertHonestFailure(OperationOutcome outcome, MachineView before, MachineView after)
    {
        Assert.Equal(OperationPhase.Failed, outcome.Phase);
        AssertReason(outcome.Reason, outcome.Message);
        if (outcome.MachineUntouched)
            Assert.Equal(before.Content, after.Content);
    }

    /// <summary>A reason of the one list, with a sentence for people.</summary>
    public static void AssertReason(string? reason, string? message)
    {
        Assert.True(reason is not null && KnownReasons.Contains(reason), $"'{reason}' is not among the reasons of the API. {message}");
        Assert.False(string.IsNullOrWhiteSpace(message), $"The reason {reason} comes without a sentence for people.");
    }

    /// <summary>The ending state of a verb that succeeded.</summary>
    public static async Task AssertEndedAsync(IEngineHarness harness, IProvisioningEngine engine, Driver driver, OperationContext operation, OperationOutcome outcome, MachineView before)
    {
        var (kind, cancel) = (operation.Operation.Kind, TestContext.Current.CancellationToken);
        var (seen, after) = (await engine.ObserveAsync(driver.Node, cancel), await harness.LookAsync(driver.Node));
        var knowsPower = harness.Capabilities.HasFlag(EngineCapabilities.PowerState);
        Assert.False(string.IsNullOrWhiteSpace(outcome.Message), $"{kind} succeeded without a sentence for people.");

        if (kind != OperationKind.PostLoad && EndsOn(kind) is { } on)
            AssertPower(knowsPower, on, seen, after);
        switch (kind)
        {
            case OperationKind.Load:
                AssertLoaded(harness, operation, seen, after);
                break;
            case OperationKind.PostLoad:
                Assert.True(seen.Configured.IsYes, $"Not configured after PostLoad: {seen.Configured}");
                break;
            case OperationKind.PowerReset:
                Assert.True(after.Effects.Count > before.Effects.Count, "The world saw no reset.");
                break;
            case OperationKind.Unload:
                AssertEmpty(harness, seen, after);
                break;
            case OperationKind.Capture:
                await AssertCapturedAsync(harness, engine, operation, outcome, before, after);
                break;
        }
    }

    private static bool? EndsOn(OperationKind kind) => kind switch
    {
        OperationKind.Load or OperationKind.PowerOn or OperationKind.PowerReset => true,
        OperationKind.PowerOff or OperationKind.Unload or OperationKind.Capture => false,
        _ => null,
    };

    private static void AssertPower(bool knowsPower, bool on, Observation seen, MachineView after)
    {
        if (knowsPower)
            Assert.Equal(on ? PowerValue.On : PowerValue.Off, seen.Power.Value);
        if (knowsPower && after.On is not null)
            Assert.Equal(on, after.On);
    }

    private static void AssertLoaded(IEngineHarness harness, OperationContext operation, Observation seen, MachineView after)
    {
        var image = operation.Image!;
        Assert.True(seen.Exists.IsYes, $"Does not exist after a load: {seen.Exists}");
        Assert.True(seen.Configured.IsYes, $"Not configured after a load: {seen.Configured}");
        if (harness.Traits.HasOperatingSystem)
            Assert.True(seen.Ssh.IsYes && seen.BootId is not null, $"The system does not answer after a load: {seen.Ssh}");
        if (!harness.Traits.LoadReplaces)
            return;
        string?[] named = [seen.EngineImage, seen.CurrentImage.RevisionId];
        Assert.True(named.Contains(image.Digest) || named.Contains(image.RevisionId), $"The machine shows {seen.EngineImage} and {seen.CurrentImage}, not {image.RevisionId} {image.Digest}.");
        if (after.Content is not null)
            Assert.Equal(image.Digest, after.Content);
    }

    private static void AssertEmpty(IEngineHarness harness, Observation seen, MachineView after)
    {
        Assert.False(seen.CurrentImage.Found == FactValue.Yes, $"The emptied machine names an image: {seen.CurrentImage}");
        if (harness.Traits.MakesMachines)
            Assert.True(seen.Exists.IsNo, $"The emptied machine exists: {seen.Exists}");
        if (after.Content is not null && harness.Traits.UnloadErases)
            Assert.Equal("", after.Content);
    }

    private static async Task AssertCapturedAsync(
        IEngineHarness harness, IProvisioningEngine engine, OperationContext operation, OperationOutcome outcome, MachineView before, MachineView after)
    {
        var captured = outcome.CapturedImage;
        Assert.NotNull(captured);
        Assert.Matches(Digest(), captured.Digest);
        Assert.True(captured.SizeBytes > 0, "The captured image has no size.");
        // The world may see the preparation as other contents; what must not happen is that the machine is emptied.
        Assert.NotEqual("", after.Content is null || before.Content == "" ? null : after.Content);
        if (!harness.Capabilities.HasFlag(EngineCapabilities.Images))
            return;
        var answer = await GetImageAsync(engine, Driver.ImageOf(operation.Capture!, captured), harness);
        Assert.True(answer.Exists.IsYes, $"The captured image is not in the library: {answer.Exists}");
        Assert.Equal(captured.SizeBytes, answer.SizeBytes);
    }

    /// <summary>Looks an image up with its digest, however many calls that takes.</summary>
    public static async Task<Targets.ImageAnswer> GetImageAsync(IProvisioningEngine engine, Targets.ImageTarget image, IEngineHarness harness)
    {
        for (var call = 0; ; call++)
        {
            var answer = await engine.GetImageAsync(image, verify: true, TestContext.Current.CancellationToken);
            if (answer.Exists.Reason != Reasons.OperationRunning || call == 100)
                return answer;
            await harness.PassAsync(TimeSpan.FromSeconds(1));
        }
    }

    [GeneratedRegex("^sha256:[0-9a-f]{64}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Digest();
}
