using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Status;
using Spectre.Console;

namespace Provisioning.Cli.Views;

/// <summary>How good the state of an object is: one colour for each.</summary>
internal enum Tone
{
    /// <summary>As declared.</summary>
    Good,

    /// <summary>Something is being done or waited for.</summary>
    Busy,

    /// <summary>It cannot be told.</summary>
    Unknown,

    /// <summary>A person must act.</summary>
    Bad,

    /// <summary>A person has stopped it, or is asked.</summary>
    Held,
}

/// <summary>Judges states and colours them.</summary>
internal static class Tones
{
    /// <summary>The tone of a Node.</summary>
    public static Tone Of(Node node) => Of(node.Status?.Conditions ?? []);

    /// <summary>The tone of conditions.</summary>
    public static Tone Of(IList<Condition> conditions)
    {
        var ready = conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready);
        return ready switch
        {
            { Reason: Reasons.Paused or Reasons.PendingApproval or Reasons.ObserveOnly } => Tone.Held,
            { Status: ConditionStatus.True } => Tone.Good,
            _ when conditions.Any(condition => condition is { Type: ConditionTypes.Stalled, Status: ConditionStatus.True }) => Tone.Bad,
            { Status: ConditionStatus.False } => Tone.Busy,
            _ => Tone.Unknown,
        };
    }

    /// <summary>Its style.</summary>
    public static Style Style(this Tone tone) => new(foreground: tone switch
    {
        Tone.Good => Color.Green,
        Tone.Busy => Color.Aqua,
        Tone.Unknown => Color.Yellow,
        Tone.Held => Color.Fuchsia,
        _ => Color.Red,
    });
}
