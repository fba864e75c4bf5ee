namespace Provisioning.Api.Machines;

/// <summary>The three values of a fact.</summary>
public enum FactValue
{
    /// <summary>Could not be told.</summary>
    Unknown,

    /// <summary>Certainly so.</summary>
    Yes,

    /// <summary>Certainly not so.</summary>
    No,
}

/// <summary>A fact that is yes, no or unknown.</summary>
/// <param name="Value">The value.</param>
/// <param name="Reason">A CamelCase word of <see cref="Reasons"/>; set for unknown, optional otherwise.</param>
/// <param name="Detail">A sentence for people; never a secret.</param>
public readonly record struct Fact(FactValue Value, string? Reason = null, string? Detail = null)
{
    /// <summary>Certainly so.</summary>
    public static Fact Yes => new(FactValue.Yes);

    /// <summary>Certainly not so.</summary>
    public static Fact No => new(FactValue.No);

    /// <summary>Whether it is certainly so.</summary>
    public bool IsYes => Value == FactValue.Yes;

    /// <summary>Whether it is certainly not so.</summary>
    public bool IsNo => Value == FactValue.No;

    /// <summary>Whether it could not be told.</summary>
    public bool IsUnknown => Value == FactValue.Unknown;

    /// <summary>Could not be told.</summary>
    public static Fact Unknown(string reason, string? detail = null) => new(FactValue.Unknown, reason, detail);

    /// <summary>Certainly not so, with the reason.</summary>
    public static Fact Not(string reason, string? detail = null) => new(FactValue.No, reason, detail);
}
