using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;

namespace Provisioning.Core.Verdict;

/// <summary>
/// node_status of the specification as a pure function. It follows the truth table of Apache VCL (<c>Provisioning.pm:node_status</c>), with two
/// differences: what could not be told gives Unknown where VCL says RELOAD, and what was recorded as loaded outranks what the guest says of itself.
/// The table, row by row, is in docs/concepts/node-status.md.
/// </summary>
public static class NodeStatusRules
{
    /// <summary>Gives the verdict on one look at a machine.</summary>
    /// <param name="observation">What the look found.</param>
    /// <param name="loaded">What was recorded as loaded, the authority on the disk; null if nothing was.</param>
    /// <param name="desired">What should be there.</param>
    public static NodeStatusVerdict Evaluate(Observation observation, LoadedImage? loaded, DesiredState desired)
    {
        if (desired.Image is not { } image)
            return new(NodeVerdict.Ready, Reasons.NoImageDesired, "No image is asked for.");
        if (observation.Exists.IsUnknown)
            return Unknown(observation.Exists.Reason, observation.Exists.Detail ?? "Could not tell whether the machine exists.");
        if (loaded is { State: LoadState.Loading })
            return new(NodeVerdict.Reload, Reasons.LoadIncomplete, $"A load of {loaded.Name} began and did not finish.");
        if (observation.Exists.IsNo)
            return new(NodeVerdict.Reload, Reasons.MachineMissing, observation.Exists.Detail ?? "The machine has neither a definition nor a disk.");
        if (observation.ContentsDigest is { Length: > 0 } contents)
            return EvaluateContents(contents, observation.Configured, loaded, image);
        if (loaded is not null && !IsSame(loaded, image))
            return new(NodeVerdict.Reload, Reasons.ImageDiffers, $"{loaded.Name} revision {loaded.Revision} is on the machine, {image.Name} revision {image.Revision} is wanted{(loaded.Name == image.Name && loaded.Revision == image.Revision ? " with another digest" : "")}.");
        if (observation.EngineImage is { Length: > 0 } engineImage && engineImage != image.Digest && engineImage != image.RevisionId)
            return loaded is null
                ? new(NodeVerdict.Reload, Reasons.ImageDiffers, $"The machine's disk was made from {engineImage}, {image.Name} revision {image.Revision} is wanted.")
                : Mismatch($"its disk was made from {engineImage}", loaded);

        return desired.HasOperatingSystem ? EvaluateGuest(observation, loaded, image) : EvaluateWithoutGuest(observation, loaded, image);
    }

    private static NodeStatusVerdict EvaluateContents(string contents, Fact configured, LoadedImage? loaded, DesiredImage image)
    {
        if (contents != image.Digest)
            return new(NodeVerdict.Reload, Reasons.ImageDiffers, Drift(contents, loaded, image));
        return configured.IsNo
            ? new(NodeVerdict.PostLoad, Reasons.NotConfigured, $"{image.Name} revision {image.Revision} is in place, but whether it works was not proven: {configured.Detail ?? "the operation came to no end."}")
            : Ready(image);
    }

    /// <summary>What is read with every look needs no record to be judged, and a change behind our back is no contradiction: the contents can be put back without a guess.</summary>
    private static string Drift(string contents, LoadedImage? loaded, DesiredImage image) => loaded?.Digest == image.Digest
        ? $"{image.Name} revision {image.Revision} was loaded, and somebody changed it since: the contents have the digest {contents}."
        : $"The contents have the digest {contents}, {image.Name} revision {image.Revision} is wanted.";

    private static NodeStatusVerdict EvaluateWithoutGuest(Observation observation, LoadedImage? loaded, DesiredImage image) =>
        observation.EngineImage is { Length: > 0 } || loaded is not null
            ? Ready(image)
            : Unknown(Reasons.CurrentImageUnreadable, "Nothing was recorded as loaded, and there is no operating system to ask. If everything on the disk may be lost, set spec.reloadToken to a new value to load the image.");

    private static NodeStatusVerdict EvaluateGuest(Observation observation, LoadedImage? loaded, DesiredImage image)
    {
        if (observation.Power.Value == PowerValue.Off)
            return Unknown(Reasons.PoweredOff, "The machine is off, so what it runs cannot be read.");
        if (!observation.Ssh.IsYes)
            return Unknown(observation.Ssh.Reason ?? Reasons.SshUnreachable, observation.Ssh.Detail ?? "The machine does not answer SSH.");

        var reading = observation.CurrentImage;
        if (reading.Found == FactValue.Unknown)
            return Unknown(reading.Reason, reading.Detail ?? "What the machine runs could not be read.");
        if (reading.Found == FactValue.No)
            return loaded is null
                ? new(NodeVerdict.Reload, Reasons.CurrentImageMissing, "The machine names no image.")
                : Mismatch("it names no image", loaded);
        if (reading.RevisionId != image.RevisionId)
            return EvaluateOtherReport(reading, loaded, image);
        if (loaded is { OperationId.Length: > 0, PreparedForCapture: null } && reading.OperationId is { } operationId && operationId != loaded.OperationId)
            return Mismatch($"it was configured by load {operationId}", loaded);

        return EvaluateMarks(observation, image);
    }

    private static NodeStatusVerdict EvaluateOtherReport(CurrentImageReading reading, LoadedImage? loaded, DesiredImage image)
    {
        if (loaded is null)
            return new(NodeVerdict.Reload, Reasons.ImageDiffers, $"The machine reports {reading.RevisionId}, {image.RevisionId} is wanted.");
        return reading.RevisionId == loaded.PreparedForCapture || loaded.PreparedBefore?.Contains(reading.RevisionId ?? "") == true
            ? new(NodeVerdict.PostLoad, Reasons.NotConfigured, "The machine was prepared for a capture and must be configured again.")
            : Mismatch($"it reports {reading.RevisionId}", loaded);
    }

    private static NodeStatusVerdict EvaluateMarks(Observation observation, DesiredImage image)
    {
        if (observation.Tainted.IsYes)
            return new(NodeVerdict.Reload, Reasons.Tainted, "The machine carries a mark that a user may have changed it.");
        if (observation.Tainted.IsUnknown)
            return Unknown(observation.Tainted.Reason, "Could not tell whether the machine carries a taint mark.");
        if (observation.Configured.IsNo)
            return new(NodeVerdict.PostLoad, Reasons.NotConfigured, "The image is on the machine, but configuring it was not completed.");
        if (observation.Configured.IsUnknown)
            return Unknown(observation.Configured.Reason, "Could not tell whether configuring the machine was completed.");
        if (observation.OperatingSystemCheck.IsNo)
            return new(NodeVerdict.Reload, Reasons.OperatingSystemCheckFailed, observation.OperatingSystemCheck.Detail ?? "The operating system's own check failed.");
        return observation.OperatingSystemCheck.IsUnknown
            ? Unknown(observation.OperatingSystemCheck.Reason, "The operating system's own check gave no answer.")
            : Ready(image);
    }

    private static bool IsSame(LoadedImage loaded, DesiredImage image) =>
        loaded.Digest.Length > 0 ? loaded.Digest == image.Digest : loaded.Name == image.Name && loaded.Revision == image.Revision;

    private static NodeStatusVerdict Ready(DesiredImage image) => new(NodeVerdict.Ready, Reasons.AsDeclared, $"{image.Name} revision {image.Revision} is on the machine.");

    private static NodeStatusVerdict Unknown(string? reason, string message) => new(NodeVerdict.Unknown, reason ?? Reasons.UnexpectedAnswer, message);

    private static NodeStatusVerdict Mismatch(string found, LoadedImage loaded) => new(
        NodeVerdict.Unknown,
        Reasons.IdentityMismatch,
        $"{loaded.Name} revision {loaded.Revision} was loaded on the machine, but {found}. Nothing is done on such a contradiction: find out who changed it, then set spec.reloadToken to a new value to load the image again.");
}
