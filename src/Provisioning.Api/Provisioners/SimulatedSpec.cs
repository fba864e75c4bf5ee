using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Provisioners;

/// <summary>How simulated machines behave.</summary>
public sealed class SimulatedSpec
{
    /// <summary>How long a load takes, in seconds.</summary>
    [Range(0, 86400)]
    public int LoadSeconds { get; set; } = 5;

    /// <summary>How long a capture takes, in seconds.</summary>
    [Range(0, 86400)]
    public int CaptureSeconds { get; set; } = 5;

    /// <summary>How long powering on or off takes, in seconds.</summary>
    [Range(0, 86400)]
    public int PowerSeconds { get; set; } = 1;

    /// <summary>Seed of the random choice of faults; the same seed gives the same faults.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; set; }

    /// <summary>Faults that happen at random.</summary>
    [ListMap("kind"), Items(16)]
    public IList<SimulatedFault> Faults { get; set; } = [];
}

/// <summary>A fault of simulated machines.</summary>
public sealed class SimulatedFault
{
    /// <summary>What goes wrong.</summary>
    [Required]
    public SimulatedFaultKind Kind { get; set; }

    /// <summary>How often, in percent of the occasions.</summary>
    [Range(0, 100)]
    public int Percent { get; set; } = 100;
}

/// <summary>Faults of simulated machines.</summary>
public enum SimulatedFaultKind
{
    /// <summary>The effect happens, but the answer is lost.</summary>
    LostReply,

    /// <summary>An operation never makes progress.</summary>
    Stuck,

    /// <summary>A load ends half done.</summary>
    HalfDone,

    /// <summary>A look shows an older state.</summary>
    StaleReading,

    /// <summary>The machine does not answer.</summary>
    Unreachable,

    /// <summary>The login is refused.</summary>
    CredentialRefused,
}
