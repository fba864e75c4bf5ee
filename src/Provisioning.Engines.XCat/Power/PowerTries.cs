using System.Globalization;

namespace Provisioning.Engines.XCat.Power;

/// <summary>What was tried so far to have a power command obeyed.</summary>
/// <param name="Errors">Attempts that ended with an error.</param>
/// <param name="Timeouts">Attempts that ended with a controller that did not answer.</param>
/// <param name="Refreshed">Whether the inventory was read anew, which mends some errors.</param>
internal sealed record PowerTries(int Errors, int Timeouts, bool Refreshed)
{
    public static PowerTries None { get; } = new(0, 0, Refreshed: false);

    /// <summary>Number of the next attempt, from 1.</summary>
    public int Attempt => Errors + Timeouts + 1;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Errors},{Timeouts},{(Refreshed ? 1 : 0)}");

    /// <summary>Reads what <see cref="ToString"/> wrote; nothing was tried if it is something else.</summary>
    public static PowerTries Parse(string? text) =>
        text?.Split(',') is [var errors, var timeouts, "0" or "1"] words
        && int.TryParse(errors, NumberStyles.None, CultureInfo.InvariantCulture, out var e) && int.TryParse(timeouts, NumberStyles.None, CultureInfo.InvariantCulture, out var t)
            ? new(e, t, words[2] == "1")
            : None;
}
