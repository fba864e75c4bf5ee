using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Simulated.Faults;
using Provisioning.Engines.Simulated.Steps;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated.Machines;

/// <summary>The place of one machine in the room. All but <see cref="State"/> and <see cref="Run"/> is touched under <see cref="Gate"/> only.</summary>
internal sealed class MachineCell(SimulatedMachineRoom room, string @namespace, string name)
{
    private readonly HashSet<string> formerUids = [];
    private volatile SimulatedMachine state = new() { Namespace = @namespace, Name = name };
    private volatile SimulatedRun? run;
    private bool seen;

    public Lock Gate { get; } = new();

    public SimulatedMachineRoom Room => room;

    public string Key { get; } = $"{@namespace}/{name}";

    public SimulatedMachine State => state;

    /// <summary>The machine before its last change: what a stale look shows.</summary>
    public SimulatedMachine Previous { get; private set; } = new() { Namespace = @namespace, Name = name };

    /// <summary>The last operation on this machine, also after its end, so that a repeated call is answered and not repeated.</summary>
    public SimulatedRun? Run
    {
        get => run;
        set => run = value;
    }

    public InjectedFaults Injected { get; } = new();

    public bool RefusesLogin { get; set; }

    public long Looks { get; set; }

    public long Calls { get; set; }

    public void Change(SimulatedMachine next)
    {
        seen = true;
        Previous = state;
        state = next;
    }

    public void SetReachability(SimulatedReachability reachability) => state = state with { Reachability = reachability };

    public void Boot(DateTimeOffset time, TimeSpan duration)
    {
        var boots = state.Boots + 1;
        Change(state with { Power = PowerValue.On, Boots = boots, BootId = room.NewBootId(Key, boots, time), BootedTime = time + duration });
    }

    public void CutPower() => Change(state with { Power = PowerValue.Off, BootId = null });

    /// <summary>
    /// The room of a restarted operator is empty, but its machines are to have kept running: one that was recorded as loaded is there again as recorded. A
    /// Node that asks for no image has a machine with an empty disk.
    /// </summary>
    public void See(NodeTarget node, DateTimeOffset time)
    {
        if (seen)
            return;
        seen = true;
        if (node.LoadedImage is { State: LoadState.Loaded or LoadState.Adopted } loaded)
            Recreate(node, loaded, time);
        else if (node.Spec.ImageRef is null)
            Change(state with { Exists = true });
    }

    /// <summary>Raises the fence, or says that a newer operation has passed it.</summary>
    public bool IsFenced(NodeTarget node, OperationStatus operation)
    {
        if (node.Uid != state.FenceUid)
        {
            // A Node that was deleted and created again counts its operations from the beginning; its predecessor must not come back.
            if (formerUids.Contains(node.Uid))
                return true;
            if (state.FenceUid.Length > 0)
                formerUids.Add(state.FenceUid);
        }
        else if (operation.Sequence < state.Fence || (operation.Sequence == state.Fence && run is { } last && last.OperationId != operation.Id))
        {
            return true;
        }

        state = state with { FenceUid = node.Uid, Fence = operation.Sequence };
        return false;
    }

    public bool Fault(SimulatedFaultKind kind, SimulatedSpec spec, string operationId, string step, long number)
    {
        if (!Injected.Take(kind, step))
            return spec.Faults.Count > 0 && FaultDice.Falls(spec, kind, new(Key, operationId, step, number));
        room.Injected?.Invoke(kind);
        return true;
    }

    private void Recreate(NodeTarget node, LoadedImage loaded, DateTimeOffset time)
    {
        var revisionId = ImageTarget.ToRevisionId(loaded.Name, loaded.Revision);
        var digest = loaded.Digest.Length == 0 && node.DesiredImage is { } desired && desired.RevisionId == revisionId ? desired.Digest : loaded.Digest;
        Change(state with
        {
            Exists = true,
            Disk = new(digest, loaded.OperationId),
            CurrentImage = new(loaded.Name, loaded.PreparedForCapture ?? revisionId, NullIfEmpty(loaded.OperationId))
            {
                Configured = loaded.PreparedForCapture is null,
            },
        });
        if (node.Spec.PowerState != PowerState.PoweredOff)
            Boot(time, TimeSpan.Zero);
        Previous = state;
    }

    public static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
