using Provisioning.Engines.XCat.Parsing;

namespace Provisioning.Engines.XCat.Power;

/// <summary>What follows from a power command that was not obeyed.</summary>
/// <param name="Tries">What was tried, with this.</param>
/// <param name="After">When to try again; null: give up.</param>
/// <param name="GaveUp">Why it is given up, for people.</param>
internal sealed record PowerRetry(PowerTries Tries, TimeSpan? After, string? GaveUp)
{
    /// <summary>Errors that end it, as in Apache VCL.</summary>
    public const int MostErrors = 3;

    /// <summary>Timeouts that end it. They are counted apart: a controller may be busy for a while.</summary>
    public const int MostTimeouts = 5;

    /// <summary>Judges an attempt that failed. Pure.</summary>
    /// <param name="tries">What was tried before.</param>
    /// <param name="error">What xCAT said.</param>
    /// <param name="random">From 0 up to 1: machines of a cluster that failed together must not try again in step.</param>
    public static PowerRetry Judge(PowerTries tries, string error, double random)
    {
        var kind = XCatErrors.KindOf(error);
        if (kind is XCatErrorKind.Unsupported or XCatErrorKind.UnknownNodes)
            return new(tries, null, Excerpts.Of(error));
        var attempt = tries.Attempt;
        var next = kind == XCatErrorKind.Timeout ? tries with { Timeouts = tries.Timeouts + 1 } : tries with { Errors = tries.Errors + 1, Refreshed = true };
        if (next.Timeouts >= MostTimeouts)
            return new(next, null, $"the machine's controller did not answer {next.Timeouts} times ({Excerpts.Of(error)}). Look whether its BMC is up, and at its address and login in xCAT's tables");
        return next.Errors > MostErrors
            ? new(next, null, $"it failed {next.Errors} times, also after its inventory was read anew: {Excerpts.Of(error)}")
            : new(next, TimeSpan.FromSeconds(1 + Math.Floor(Math.Clamp(random, 0, 1) * 2 * attempt)), null);
    }

    /// <summary>Whether the inventory is read anew before the next attempt: once, after the first error that is no timeout.</summary>
    public static bool RefreshesInventory(PowerTries tries) => tries is { Refreshed: true, Errors: 1 };
}
