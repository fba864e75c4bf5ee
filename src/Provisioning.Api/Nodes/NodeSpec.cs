using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Meta;

namespace Provisioning.Api.Nodes;

/// <summary>What the machine should be. Only users write it.</summary>
public sealed class NodeSpec
{
    /// <summary>The Provisioner that drives this machine. A Node has exactly one at a time.</summary>
    [Required]
    public LocalReference ProvisionerRef { get; set; } = new();

    /// <summary>Name by which the Provisioner knows the machine, for engines whose machines exist before their Nodes (XCat: the name in its tables; Configuration: what {machine} and "$1" stand for). Without it the name of the Node.</summary>
    [StringLength(253, MinimumLength = 1), RegularExpression(Patterns.ObjectName)]
    public string? MachineName { get; set; }

    /// <summary>The Image that should be on the machine's disk. Without it the disk is left alone.</summary>
    public LocalReference? ImageRef { get; set; }

    /// <summary>
    /// The power state to keep. Without it power is not managed, except that loading an image leaves the machine on. PoweredOff wins over
    /// everything else: such a machine is not woken to be loaded; it is loaded when it may be on again.
    /// </summary>
    public PowerState? PowerState { get; set; }

    /// <summary>Change this to any new value to power-reset the machine once. status.handledPowerResetToken names the last one handled.</summary>
    [StringLength(64, MinimumLength = 1), RegularExpression(Patterns.Token)]
    public string? PowerResetToken { get; set; }

    /// <summary>Change this to any new value to load the image again once, even if it is there. ALL DATA ON THE DISK IS LOST. status.handledReloadToken names the last one handled.</summary>
    [StringLength(64, MinimumLength = 1), RegularExpression(Patterns.Token)]
    public string? ReloadToken { get; set; }

    /// <summary>How far the operator goes for this Node. Manage: make the machine as declared. Observe: look and report, never act. Paused: do not even look, and hold an operation under way where it is.</summary>
    public ManagementPolicy ManagementPolicy { get; set; } = ManagementPolicy.Manage;

    /// <summary>
    /// Whether a step that destroys something waits for a person. Automatic: it does not. Approve: a load on a machine that has something on its disk, an unload and a capture that
    /// shuts the machine down wait until approvedPlan names the plan in status.pendingPlan. Powering on and off and configuring never wait.
    /// </summary>
    public ChangePolicy ChangePolicy { get; set; } = ChangePolicy.Automatic;

    /// <summary>The plan that may be carried out under changePolicy Approve: status.pendingPlan.id. It holds for that plan alone, and once.</summary>
    [StringLength(64, MinimumLength = 1), RegularExpression(Patterns.Plan)]
    public string? ApprovedPlan { get; set; }

    /// <summary>
    /// What happens to the machine when this Node is deleted. Retain: it stays as it is. PowerOff: it is powered off. Unload: it is powered off and emptied as far as its kind allows:
    /// a Libvirt or Simulated machine goes with its disk; an XCat machine is let go, and what was installed on its disk stays there; Lab and Configuration have no unload, so that
    /// the machine stays as it is and an event (LeftBehind) says so. In each case another Node may have the machine then.
    /// </summary>
    public DeletionPolicy DeletionPolicy { get; set; } = DeletionPolicy.Retain;

    /// <summary>The operating system on the machine and how to reach it.</summary>
    public OperatingSystemSpec OperatingSystem { get; set; } = new();

    /// <summary>The hardware of a virtual machine. Changes take effect when it is next powered on. Provisioners of real machines ignore it, but for macAddress.</summary>
    public HardwareSpec Hardware { get; set; } = new();
}

/// <summary>A power state to keep. Never written On or Off, which YAML 1.1 reads as booleans.</summary>
public enum PowerState
{
    /// <summary>The machine is kept on.</summary>
    PoweredOn,

    /// <summary>The machine is kept off.</summary>
    PoweredOff,
}

/// <summary>How far the operator goes for a Node.</summary>
public enum ManagementPolicy
{
    /// <summary>Make the machine as declared.</summary>
    Manage,

    /// <summary>Look and report, never act.</summary>
    Observe,

    /// <summary>Do nothing at all.</summary>
    Paused,
}

/// <summary>Whether a step that destroys something waits for a person.</summary>
public enum ChangePolicy
{
    /// <summary>It does not wait.</summary>
    Automatic,

    /// <summary>It waits for an approval of just that step.</summary>
    Approve,
}

/// <summary>What happens to the machine when its Node is deleted.</summary>
public enum DeletionPolicy
{
    /// <summary>It stays as it is.</summary>
    Retain,

    /// <summary>It is powered off.</summary>
    PowerOff,

    /// <summary>It is powered off and emptied, as far as its kind of machine can be.</summary>
    Unload,
}
