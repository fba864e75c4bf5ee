namespace Provisioning.Cli.Output;

/// <summary>Times for people, as kubectl writes ages.</summary>
internal static class Durations
{
    /// <summary>How long ago, with at most two units: 45s, 2m30s, 3h5m, 41d.</summary>
    public static string Short(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
            time = TimeSpan.Zero;
        return time switch
        {
            { TotalSeconds: < 120 } => $"{(int)time.TotalSeconds}s",
            { TotalMinutes: < 10 } => Two((int)time.TotalMinutes, "m", time.Seconds, "s"),
            { TotalHours: < 3 } => $"{(int)time.TotalMinutes}m",
            { TotalHours: < 8 } => Two((int)time.TotalHours, "h", time.Minutes, "m"),
            { TotalHours: < 48 } => $"{(int)time.TotalHours}h",
            { TotalDays: < 8 } => Two((int)time.TotalDays, "d", time.Hours, "h"),
            { TotalDays: < 730 } => $"{(int)time.TotalDays}d",
            _ => Two((int)(time.TotalDays / 365), "y", (int)(time.TotalDays % 365), "d"),
        };
    }

    /// <summary>When, seen from now: "3m ago", "in 45s", "now".</summary>
    public static string FromNow(DateTimeOffset when, DateTimeOffset now) =>
        when > now.AddSeconds(1) ? $"in {Short(when - now)}" : when < now.AddSeconds(-1) ? $"{Short(now - when)} ago" : "now";

    /// <summary>Reads a time as kubectl's --timeout takes it: 30s, 5m, 1h30m; a bare number is seconds. Null if it is none.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (double.TryParse(text, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        var total = TimeSpan.Zero;
        var digits = "";
        foreach (var character in text)
        {
            if (char.IsAsciiDigit(character))
            {
                digits += character;
                continue;
            }

            if (digits.Length is 0 or > 8 || "smhd".IndexOf(character) is var unit && unit < 0)
                return null;
            total += int.Parse(digits) * (character switch { 's' => TimeSpan.FromSeconds(1), 'm' => TimeSpan.FromMinutes(1), 'h' => TimeSpan.FromHours(1), _ => TimeSpan.FromDays(1) });
            digits = "";
        }

        return digits.Length == 0 && text.Length > 0 ? total : null;
    }

    private static string Two(int large, string largeUnit, int small, string smallUnit) => small == 0 ? $"{large}{largeUnit}" : $"{large}{largeUnit}{small}{smallUnit}";
}
