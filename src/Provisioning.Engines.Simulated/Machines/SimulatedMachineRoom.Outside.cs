using Provisioning.Api.Machines;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Simulated.Steps;

namespace Provisioning.Engines.Simulated.Machines;

/// <content>What others than the operator do to machines and images: people, accidents, tests.</content>
public sealed partial class SimulatedMachineRoom
{
    private volatile bool endpointReachable = true;

    /// <summary>Whether the simulated endpoint of the provisioners answers; without it nothing is known of any machine.</summary>
    public bool EndpointReachable
    {
        get => endpointReachable;
        set => endpointReachable = value;
    }

    /// <summary>Switches a machine off.</summary>
    public void PowerOff(string @namespace, string name) => Act(@namespace, name, static (cell, _) => cell.CutPower());

    /// <summary>Boots a machine, also one that is on; the system answers at once.</summary>
    public void Boot(string @namespace, string name) => Act(@namespace, name, static (cell, now) => cell.Boot(now, TimeSpan.Zero));

    /// <summary>Removes a machine with its disk.</summary>
    public void DestroyMachine(string @namespace, string name) => Act(@namespace, name, static (cell, _) => cell.Change(
        cell.State with { Exists = false, Power = PowerValue.Off, Disk = null, NewDisk = null, CurrentImage = null, BootId = null }));

    /// <summary>Puts a disk with an image on a machine, as if somebody else had installed it: configured, and with no load recorded in it. Its power stays as it is.</summary>
    public void SetImage(string @namespace, string name, string digest, string imageName, string revisionId) => Act(@namespace, name, (cell, _) => cell.Change(
        cell.State with { Exists = true, Disk = new(digest, ""), CurrentImage = new(imageName, revisionId) { Configured = true } }));

    /// <summary>Leaves the mark that a user may have changed the machine.</summary>
    public void Taint(string @namespace, string name) => ChangeCurrentImage(@namespace, name, static file => file with { Tainted = true });

    /// <summary>Garbles currentimage.txt.</summary>
    public void CorruptCurrentImage(string @namespace, string name) => ChangeCurrentImage(@namespace, name, static file => file with { Corrupt = true });

    /// <summary>Deletes currentimage.txt.</summary>
    public void RemoveCurrentImage(string @namespace, string name) => ChangeCurrentImage(@namespace, name, static _ => null);

    /// <summary>Cuts or restores the connections to a machine.</summary>
    public void SetReachability(string @namespace, string name, SimulatedReachability reachability) =>
        Act(@namespace, name, (cell, _) => cell.SetReachability(reachability));

    /// <summary>Refuses or accepts the login to a machine.</summary>
    public void RefuseLogin(string @namespace, string name, bool refuse) => Act(@namespace, name, (cell, _) => cell.RefusesLogin = refuse);

    /// <summary>Orders a fault for a machine at its next occasions, before seeded ones.</summary>
    /// <param name="namespace">Namespace of the machine.</param>
    /// <param name="name">Name of the machine.</param>
    /// <param name="kind">What goes wrong.</param>
    /// <param name="times">How often, at least once.</param>
    /// <param name="step">Only at this step; null: at the next occasion, whichever it is.</param>
    public void Inject(string @namespace, string name, SimulatedFaultKind kind, int times = 1, string? step = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        Act(@namespace, name, (cell, _) => cell.Injected.Add(kind, step, times));
    }

    /// <summary>Told when a fault that was ordered with <see cref="Inject"/> happens; it may be long after, or never.</summary>
    public Action<SimulatedFaultKind>? Injected { get; set; }

    /// <summary>Puts an image file into the library.</summary>
    public void PutImageFile(string @namespace, string fileName, string digest, long sizeBytes) => Library.Put(@namespace, fileName, digest, sizeBytes);

    /// <summary>Removes an image file from the library, used or not.</summary>
    public void RemoveImageFile(string @namespace, string fileName) => Library.Remove(@namespace, fileName);

    private void ChangeCurrentImage(string @namespace, string name, Func<SimulatedCurrentImage, SimulatedCurrentImage?> change) => Act(@namespace, name, (cell, _) =>
    {
        var file = cell.State.CurrentImage ?? throw new InvalidOperationException($"The machine {cell.Key} has no currentimage.txt: load an image first.");
        cell.Change(cell.State with { CurrentImage = change(file) });
    });

    private void Act(string @namespace, string name, Action<MachineCell, DateTimeOffset> act)
    {
        var cell = Cell(@namespace, name);
        var now = Now;
        lock (cell.Gate)
        {
            StepMachine.Settle(cell, now);
            act(cell, now);
        }
    }
}
