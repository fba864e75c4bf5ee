namespace Provisioning.Engines.XCat.Sharing;

/// <summary>Bounds of a shared query.</summary>
internal sealed record SharedQueryOptions
{
    /// <summary>How long the first who asks waits for others.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>How old an answer may be for those who only want to know how things are.</summary>
    public TimeSpan Freshness { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How old an answer may be for a name that is asked for so rarely that it does not matter: up to half the time between its last two questions, and never more than this.
    /// </summary>
    public TimeSpan LongestFreshness { get; init; }

    /// <summary>How long a name that nobody asks for is asked along.</summary>
    public TimeSpan Interest { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Most names in one question.</summary>
    public int MostNames { get; init; } = 200;

    /// <summary>Most characters of the names of one question.</summary>
    public int MostCharacters { get; init; } = 8000;
}
