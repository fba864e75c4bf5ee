using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Checks;

/// <summary>What the machines themselves said of each operation, and that it was given up: with it reasons are judged, and not with what an operator made of it.</summary>
internal sealed class Ledger(World world)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>An operation is recorded.</summary>
    public void Begun(Node node, OperationStatus operation) =>
        _entries.TryAdd(operation.Id, new(node.Metadata.Uid!, node.Metadata.Generation ?? 0, operation, world.Clock.Elapsed));

    /// <summary>An operator gives one up, or cleans up after one that has failed. The last time counts: what could not be recorded is decided anew.</summary>
    public void GivenUp(string operation)
    {
        if (_entries.TryGetValue(operation, out var entry))
            entry.GivenUpAt = world.Clock.Elapsed;
    }

    /// <summary>A machine has told the end of one.</summary>
    public void Told(string operation, OperationOutcome outcome)
    {
        if (_entries.TryGetValue(operation, out var entry))
            entry.Told.Add(outcome);
    }

    /// <summary>The operations of a Node (by uid), newest first.</summary>
    public IEnumerable<Entry> Of(string uid, params OperationKind[] kinds) => _entries.Values.Where(entry => entry.NodeUid == uid && kinds.Contains(entry.Operation.Kind)).Reverse();

    /// <summary>The operations that ran for an ImageCapture, in their order.</summary>
    public IEnumerable<Entry> OfCapture(string uid) => _entries.Values.Where(entry => entry.Operation.CaptureUid == uid);

    /// <summary>One operation.</summary>
    internal sealed record Entry(string NodeUid, long Generation, OperationStatus Operation, TimeSpan Begun)
    {
        /// <summary>Ends that the machine told: more than one where the answer was lost and the machine says another time that it is over.</summary>
        public List<OperationOutcome> Told { get; } = [];

        public TimeSpan? GivenUpAt { get; set; }

        public bool HasSucceeded => Told.Exists(outcome => outcome.Phase == OperationPhase.Succeeded);

        /// <summary>Whether it is over without success, as far as anybody could know, and may have changed the machine.</summary>
        public bool HasFailedAtTheMachine => GivenUpAt is not null || Told.Exists(outcome => outcome.Phase == OperationPhase.Failed && !outcome.MachineUntouched);

        /// <summary>Whether the machine named this reason.</summary>
        public bool WasTold(string? reason) => Told.Exists(outcome => outcome.Reason == reason);
    }
}
