using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;

namespace Provisioning.Core.Status;

/// <summary>Turns what was seen into the facts that a Node's status shows.</summary>
public static class NodeReports
{
    /// <summary>Puts an observation and its verdict into a status.</summary>
    public static NodeStatus WithObservation(NodeStatus status, NodeSituation situation)
    {
        // The tokens that a Node brings along when it is first seen count as handled, so that a restored Node does not wipe its machine.
        if (situation.Node.Status is null)
            status = status with { HandledPowerResetToken = situation.Node.Spec.PowerResetToken, HandledReloadToken = situation.Node.Spec.ReloadToken };
        if (situation.Observation is not { } observation || situation.Verdict is not { } verdict)
            return status;

        var loaded = Verify(status, situation, verdict.Verdict);
        return status with
        {
            Power = observation.Power.Value,
            // Seen on once after the capture, its later being off is somebody's wish and not the capture's doing.
            PowerOnDue = status.PowerOnDue && (status.Operation is not null || !situation.IsOn),
            LoadedImage = loaded,
            CurrentImage = status.Operation is { Kind: OperationKind.Load or OperationKind.Unload } ? null : CurrentImage(observation, loaded),
            NodeStatusReport = new()
            {
                Verdict = verdict.Verdict,
                Reason = verdict.Reason,
                Exists = observation.Exists.Value,
                Ping = observation.Ping.Value,
                Ssh = observation.Ssh.Value,
                EngineState = Cut(observation.EngineState, 64),
                EngineImage = Cut(observation.EngineImage, 320),
                ReportedImage = Cut(observation.CurrentImage.RevisionId, 320),
                Configured = observation.Configured.Value,
                Tainted = observation.Tainted.Value,
                BootId = Cut(observation.BootId, 64) ?? status.NodeStatusReport?.BootId,
            },
        };
    }

    /// <summary>
    /// The status before a machine is looked at. What was recorded of another one, of this or another provisioner, says nothing of this one: taken for it, it
    /// could have a machine loaded that already runs what it should. Pinned host keys stay: only a load or a person may have another key trusted.
    /// </summary>
    public static NodeStatus ForMachine(NodeStatus status, string provisioner, string machine) =>
        (status.Provisioner ?? provisioner) == provisioner && (status.Machine ?? machine) == machine
        ? status with { Provisioner = provisioner, Machine = machine }
        : status with
        {
            Provisioner = provisioner,
            Machine = machine,
            LoadedImage = null,
            CurrentImage = null,
            Power = null,
            NodeStatusReport = null,
            PowerOnDue = false,
            Retry = null,
            ObserveRetry = null,
        };

    /// <summary>Records that the image was seen on the machine, or adopts a machine that already runs the desired image.</summary>
    private static LoadedImage? Verify(NodeStatus status, NodeSituation situation, NodeVerdict verdict)
    {
        var loaded = status.LoadedImage;
        if (verdict is not (NodeVerdict.Ready or NodeVerdict.PostLoad) || situation.DesiredImage is not { } image)
            return loaded;

        var now = ConditionSet.Truncate(situation.Now);
        if (loaded is null)
        {
            var digest = situation.Observation!.EngineImage == image.Digest ? image.Digest : "";
            var prepared = status.Operation is { Kind: OperationKind.Capture } && situation.Capture is { PreparesOperatingSystem: true } capture ? $"{capture.ImageName}@{capture.Revision}" : null;
            return new() { Name = image.Name, Revision = image.Revision, Digest = digest, State = LoadState.Adopted, LoadedTime = now, VerifiedTime = now, PreparedForCapture = prepared };
        }

        // The time moves only when the verdict was another before, so that a machine at rest costs no writes.
        return situation.Status.NodeStatusReport?.Verdict == verdict && loaded.VerifiedTime is not null ? loaded : loaded with { VerifiedTime = now };
    }

    private static string? Cut(string? text, int length) => text is null ? null : BoundedText.Cut(text, length);

    private static string? CurrentImage(Observation observation, LoadedImage? loaded) => observation switch
    {
        { Exists.Value: FactValue.No } => null,
        { CurrentImage: { Found: FactValue.Yes, Name: { Length: > 0 } name } } when loaded is null => Cut(name, 253),
        _ => loaded is { State: not LoadState.Loading } ? loaded.Name : null,
    };
}
