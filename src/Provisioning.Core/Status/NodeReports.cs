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
        if (situation.Observation is not { } observation || situation.Verdict is not { } verdict)
            return status;

        var loaded = Verify(status.LoadedImage, situation, verdict.Verdict);
        return status with
        {
            Power = observation.Power.Value,
            LoadedImage = loaded,
            CurrentImage = CurrentImage(observation, loaded),
            NodeStatusReport = new()
            {
                Verdict = verdict.Verdict,
                Reason = verdict.Reason,
                Ping = observation.Ping.Value,
                Ssh = observation.Ssh.Value,
                EngineState = observation.EngineState,
                EngineImage = observation.EngineImage,
                ReportedImage = observation.CurrentImage.RevisionId,
                Configured = observation.Configured.Value,
                Tainted = observation.Tainted.Value,
                BootId = observation.BootId ?? status.NodeStatusReport?.BootId,
            },
        };
    }

    /// <summary>Records that the image was seen on the machine, or adopts a machine that already runs the desired image.</summary>
    private static LoadedImage? Verify(LoadedImage? loaded, NodeSituation situation, NodeVerdict verdict)
    {
        if (verdict is not (NodeVerdict.Ready or NodeVerdict.PostLoad) || situation.DesiredImage is not { } image)
            return loaded;

        var now = ConditionSet.Truncate(situation.Now);
        if (loaded is null)
        {
            var digest = situation.Observation!.EngineImage == image.Digest ? image.Digest : "";
            return new() { Name = image.Name, Revision = image.Revision, Digest = digest, State = LoadState.Adopted, LoadedTime = now, VerifiedTime = now };
        }

        // The time moves only when the verdict was another before, so that a machine at rest costs no writes.
        return situation.Status.NodeStatusReport?.Verdict == verdict && loaded.VerifiedTime is not null ? loaded : loaded with { VerifiedTime = now };
    }

    private static string? CurrentImage(Observation observation, LoadedImage? loaded) => observation switch
    {
        { Exists.Value: FactValue.No } => null,
        { CurrentImage: { Found: FactValue.Yes, Name: { Length: > 0 } name } } when loaded is null => name,
        _ => loaded is { State: not LoadState.Loading } ? loaded.Name : null,
    };
}
