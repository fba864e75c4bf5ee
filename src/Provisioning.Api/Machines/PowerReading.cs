namespace Provisioning.Api.Machines;

/// <summary>A power state as read.</summary>
public enum PowerValue
{
    /// <summary>Could not be read.</summary>
    Unknown,

    /// <summary>The machine has power (it may still be booting, paused or hung).</summary>
    On,

    /// <summary>The machine has no power.</summary>
    Off,
}

/// <summary>One reading of the power state.</summary>
/// <param name="Value">The value.</param>
/// <param name="Reason">Why it is unknown.</param>
/// <param name="Detail">A sentence for people.</param>
public readonly record struct PowerReading(PowerValue Value, string? Reason = null, string? Detail = null)
{
    /// <summary>On.</summary>
    public static PowerReading On => new(PowerValue.On);

    /// <summary>Off.</summary>
    public static PowerReading Off => new(PowerValue.Off);

    /// <summary>Could not be read.</summary>
    public static PowerReading Unknown(string reason, string? detail = null) => new(PowerValue.Unknown, reason, detail);
}
