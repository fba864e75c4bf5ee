using System.Text.Json;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Nodes;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Worlds;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Simulation.Checks;

/// <summary>The ImageCaptures that there were: a machine is shut down for one that somebody asks for and that is not done, and for no other.</summary>
internal sealed class Captures(World world)
{
    /// <summary>How long an operator may begin one that it has not heard to be over.</summary>
    private static readonly TimeSpan GoodFaith = TimeSpan.FromMinutes(15);

    // A turn that has begun may go on for 20 s.
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(25);

    private readonly Dictionary<string, (ImageCapture Capture, TimeSpan? OverSince)> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _finished = new(StringComparer.Ordinal);

    /// <summary>One was changed; gives the fact of it that counts.</summary>
    public int Changed(FakeChange change)
    {
        var capture = JsonSerializer.Deserialize(change.Json, ApiJsonContext.Default.ImageCapture)!;
        TimeSpan? overSince = change.Type == "DELETED" || capture.Status?.FinishedTime is not null ? world.Clock.Elapsed : null;
        if (capture.Status?.FinishedTime is not null && _finished.Add(capture.Metadata.Uid!))
            CheckFinish(capture);

        // What is over is over for good, whatever is written of it later.
        if (_known.TryGetValue(capture.Metadata.Uid!, out var before) && before.OverSince is { } since)
            overSince = since;
        _known[capture.Metadata.Uid!] = (capture, overSince);
        return overSince is null ? 0 : Hearsay.Over;
    }

    /// <summary>Whether a machine whose power nobody manages is to be as it was, after the capture of an operation.</summary>
    public bool RestoresPower(OperationStatus operation) =>
        operation.CaptureUid is { } uid && _known.TryGetValue(uid, out var known) && known.Capture.Spec.EndState == CaptureEndState.AsDeclared;

    /// <summary>Gives what speaks against the beginning of a capture; null if nothing does, or if it is another operation.</summary>
    public string? Objection(OperatorProcess by, Node node, OperationStatus operation, Hearsay hearsay)
    {
        if (operation.Kind != OperationKind.Capture)
            return null;
        if (operation.CaptureUid is not { } uid || !_known.TryGetValue(uid, out var known) || known.Capture.Spec.NodeRef.Name != node.Metadata.Name)
            return $"no ImageCapture {operation.CaptureUid} asks for it";

        // Unlike a deletion, which people command whenever they like: an operator has written it, and it stays so whoever leads. No grace, for who writes such an end must be sure that nobody begins.
        if (_finished.Contains(uid))
            return $"the ImageCapture {operation.CaptureName} was told its end {known.OverSince}";
        if (known.OverSince is { } over && world.Clock.Elapsed - over > GoodFaith)
            return $"the ImageCapture {operation.CaptureName} is over since {over}";
        return hearsay.KnownFor(by, Kinds.Capture, known.Capture.Metadata.Name, Hearsay.Over) is { } told && told > Notice
            ? $"it has known for {told} that the ImageCapture {operation.CaptureName} is over"
            : null;
    }

    /// <summary>An end that is told stands: nothing may be under way for it, or its machine is shut down in vain.</summary>
    private void CheckFinish(ImageCapture capture)
    {
        var busy = world.Checks.Nodes.Values.FirstOrDefault(node => node.Status?.Operation is { Phase: OperationPhase.Running } operation && operation.CaptureUid == capture.Metadata.Uid);
        if (busy is not null)
            world.Violate($"the ImageCapture {capture.Metadata.Name} is told its end while {busy.Metadata.Name} is being captured for it");
    }
}
