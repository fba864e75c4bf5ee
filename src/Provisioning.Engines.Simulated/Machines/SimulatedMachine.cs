using Provisioning.Api.Machines;

namespace Provisioning.Engines.Simulated.Machines;

/// <summary>One simulated machine as it is at one moment: the truth, not what an operator believes of it.</summary>
public sealed record SimulatedMachine
{
    /// <summary>Namespace of its Node.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of its Node.</summary>
    public required string Name { get; init; }

    /// <summary>Whether there is a machine at all.</summary>
    public bool Exists { get; init; }

    /// <summary>On or Off.</summary>
    public PowerValue Power { get; init; } = PowerValue.Off;

    /// <summary>What is on the disk; null while it is empty.</summary>
    public SimulatedDisk? Disk { get; init; }

    /// <summary>A disk that a load has made and not yet put in place.</summary>
    public SimulatedDisk? NewDisk { get; init; }

    /// <summary>The currentimage.txt on the disk; null if there is none.</summary>
    public SimulatedCurrentImage? CurrentImage { get; init; }

    /// <summary>Another one with every boot; null while the machine is off.</summary>
    public string? BootId { get; init; }

    /// <summary>How often it was booted.</summary>
    public long Boots { get; init; }

    /// <summary>When the last boot is finished: earlier the system does not answer.</summary>
    public DateTimeOffset BootedTime { get; init; }

    /// <summary>Highest sequence of an operation that the machine has seen.</summary>
    public long Fence { get; init; }

    /// <summary>Uid of the Node that the fence belongs to; a Node that is created again counts from the beginning.</summary>
    public string FenceUid { get; init; } = "";

    /// <summary>Which of its connections work.</summary>
    public SimulatedReachability Reachability { get; init; }

    internal bool IsOn => Power == PowerValue.On;
}

/// <summary>Contents of a simulated disk.</summary>
/// <param name="Digest">Digest of the image that it was made from.</param>
/// <param name="OperationId">The load that made it; empty if no load did.</param>
/// <param name="HalfDone">Whether only a part of the image is on it. Such a disk does not boot.</param>
public sealed record SimulatedDisk(string Digest, string OperationId, bool HalfDone = false);

/// <summary>Contents of currentimage.txt on a simulated disk.</summary>
/// <param name="Name">Name of the image.</param>
/// <param name="RevisionId">Identity of the image revision.</param>
/// <param name="OperationId">The load that configured the system, or null.</param>
public sealed record SimulatedCurrentImage(string Name, string RevisionId, string? OperationId = null)
{
    /// <summary>Whether it carries the mark of a completed post-load.</summary>
    public bool Configured { get; init; }

    /// <summary>Whether it carries the mark that a user may have changed the machine.</summary>
    public bool Tainted { get; init; }

    /// <summary>Whether it is garbled, so that nothing in it can be read.</summary>
    public bool Corrupt { get; init; }
}

/// <summary>Which connections to a simulated machine work.</summary>
public enum SimulatedReachability
{
    /// <summary>All.</summary>
    Reachable,

    /// <summary>The operating system does not answer; the machine can still be seen and switched.</summary>
    SystemUnreachable,

    /// <summary>Nothing answers.</summary>
    Unreachable,
}
