using Provisioning.Api.Nodes;

namespace Provisioning.Api.Machines;

/// <summary>
/// What one look at a Node found. Every fact can be unknown, with the reason, because "could not tell" must never be taken for "no".
/// Engines fill it, the decision core reads it; its facts are shown as <c>Node.status.nodeStatus</c>.
/// </summary>
public sealed record Observation
{
    /// <summary>When the look was finished.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Whether the machine exists for its engine: a defined domain or at least its disk. Engines of things that always exist answer Yes.</summary>
    public Fact Exists { get; init; } = Fact.Unknown(Reasons.NotProbed);

    /// <summary>Whether the address answers at all (<c>ping</c> of the specification).</summary>
    public Fact Ping { get; init; } = Fact.Unknown(Reasons.NotProbed);

    /// <summary>Whether an authenticated SSH command was answered (<c>ssh</c> of the specification).</summary>
    public Fact Ssh { get; init; } = Fact.Unknown(Reasons.NotProbed);

    /// <summary>Power state (<c>rpower</c> of the specification).</summary>
    public PowerReading Power { get; init; } = PowerReading.Unknown(Reasons.NotProbed);

    /// <summary>The engine's own word for the state of the machine, for people (<c>nodeset</c> of the specification); null if the engine has none.</summary>
    public string? EngineState { get; init; }

    /// <summary>The image that the engine believes is on the machine (<c>nodetype</c> of the specification): digest or revision id; null if it cannot tell.</summary>
    public string? EngineImage { get; init; }

    /// <summary>
    /// Digest of what is on the machine at this moment, for engines that read all of it with every look; null for the others. Unlike <see cref="EngineImage"/>, which is a record,
    /// it is the contents themselves: it outranks what was recorded as loaded.
    /// </summary>
    public string? ContentsDigest { get; init; }

    /// <summary>What the machine itself says it runs (<c>currentimage</c> of the specification).</summary>
    public CurrentImageReading CurrentImage { get; init; } = CurrentImageReading.Unknown(Reasons.NotProbed);

    /// <summary>Whether post-load was completed since the image was loaded.</summary>
    public Fact Configured { get; init; } = Fact.Unknown(Reasons.NotProbed);

    /// <summary>Whether the machine carries a mark that says it may have been changed by a user.</summary>
    public Fact Tainted { get; init; } = Fact.Unknown(Reasons.NotProbed);

    /// <summary>Answer of the operating system module's own check; Yes where there is none.</summary>
    public Fact OperatingSystemCheck { get; init; } = Fact.Yes;

    /// <summary>Boot id of the running system; null if not known.</summary>
    public string? BootId { get; init; }

    /// <summary>False when the login to the machine or its host was refused; the reason names which.</summary>
    public Fact CredentialsAccepted { get; init; } = Fact.Unknown(Reasons.NotProbed);

    /// <summary>An observation in which nothing could be learnt, for one reason.</summary>
    public static Observation Nothing(DateTimeOffset time, string reason, string? detail = null)
    {
        var unknown = Fact.Unknown(reason, detail);
        return new()
        {
            Time = time,
            Exists = unknown,
            Ping = unknown,
            Ssh = unknown,
            Power = PowerReading.Unknown(reason, detail),
            CurrentImage = CurrentImageReading.Unknown(reason, detail),
            Configured = unknown,
            Tainted = unknown,
        };
    }
}
