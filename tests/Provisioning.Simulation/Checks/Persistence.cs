using Provisioning.Api.Nodes;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Checks;

/// <summary>
/// That a disk is not written again and again in vain: of one thing that is asked for, no more loads fail at the machine than any Provisioner has ever allowed. Judged by the histories that reach the API server.
/// </summary>
internal sealed class Persistence(World world)
{
    private readonly Dictionary<string, (string Circumstances, int Failed)> _failed = new(StringComparer.Ordinal);
    private int _most;

    public void Allow(int attempts) => _most = Math.Max(_most, attempts);

    public void Check(Node node, Node? before)
    {
        if (node.Status?.History is not [{ Kind: OperationKind.Load } last, ..] || before?.Status?.History is [var known, ..] && known.Id == last.Id)
            return;
        var name = node.Metadata.Name;
        if (last.Phase == OperationPhase.Succeeded)
        {
            _failed.Remove(name);
            return;
        }

        // Whatever a person changes is a reason to try anew.
        var circumstances = $"{node.Metadata.Uid}/{node.Metadata.Generation}/{last.Target}/{world.People.Changes}";
        var failed = _failed.GetValueOrDefault(name) is var so && so.Circumstances == circumstances ? so.Failed : 0;
        _failed[name] = (circumstances, failed += node.Status.Retry?.DestructiveAttempts > (before?.Status?.Retry?.DestructiveAttempts ?? 0) ? 1 : 0);
        if (failed > _most)
            world.Violate($"{failed} loads of one thing have failed on {name}, and no Provisioner has ever allowed more than {_most}");
    }
}
