using Provisioning.Api.Nodes;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Checks;

/// <summary>
/// That a disk is not written again and again in vain: of one thing that is asked for, no more loads fail at the machine than any Provisioner has ever allowed. Judged by the histories that reach the API server.
/// </summary>
internal sealed class Persistence(World world)
{
    private readonly Dictionary<string, (string Circumstances, int Failed)> _failed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Id, string Circumstances)> _begun = new(StringComparer.Ordinal);
    private int _most;

    public void Allow(int attempts) => _most = Math.Max(_most, attempts);

    public void Check(Node node, Node? before)
    {
        var name = node.Metadata.Name;
        if (node.Status?.Operation is { Kind: OperationKind.Load } operation && _begun.GetValueOrDefault(name).Id != operation.Id)
            _begun[name] = (operation.Id, Circumstances(node));
        if (node.Status?.History is not [{ Kind: OperationKind.Load } last, ..] || before?.Status?.History is [var known, ..] && known.Id == last.Id)
            return;
        if (last.Phase == OperationPhase.Succeeded)
        {
            _failed.Remove(name);
            return;
        }

        // A load that ends after people have changed something was of what they had asked for before.
        var begun = _begun.GetValueOrDefault(name) is var began && began.Id == last.Id ? began.Circumstances : Circumstances(node);
        var circumstances = $"{begun}/{last.Target}";
        var failed = _failed.GetValueOrDefault(name) is var so && so.Circumstances == circumstances ? so.Failed : 0;
        _failed[name] = (circumstances, failed += node.Status.Retry?.DestructiveAttempts > (before?.Status?.Retry?.DestructiveAttempts ?? 0) ? 1 : 0);
        if (failed > _most)
            world.Violate($"{failed} loads of one thing have failed on {name}, and no Provisioner has ever allowed more than {_most}");
    }

    /// <summary>Whatever a person changes is a reason to try anew.</summary>
    private string Circumstances(Node node) => $"{node.Metadata.Uid}/{node.Metadata.Generation}/{world.People.Changes}";
}
