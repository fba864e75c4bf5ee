using System.Globalization;
using System.Text.RegularExpressions;

namespace Provisioning.EndToEnd.Bed;

/// <summary>Something that happened to a domain, as libvirt told it to whoever listened.</summary>
/// <param name="Time">When it was told.</param>
/// <param name="Domain">Name of the domain.</param>
/// <param name="What">Defined, Undefined, Started, Stopped, Suspended, Resumed... of its life, or the type of another event: reboot, io-error...</param>
/// <param name="Why">What libvirt says about it: Booted, Destroyed, "Finished after guest request"...</param>
public sealed partial record DomainEvent(DateTimeOffset Time, string Domain, string What, string Why)
{
    /// <summary>Reads a line of 'virsh event --all --timestamp'; null if it is no event.</summary>
    public static DomainEvent? Parse(string line)
    {
        var match = Line().Match(line);
        if (!match.Success)
            return null;
        var time = DateTimeOffset.ParseExact(match.Groups["time"].Value, "yyyy-MM-dd HH:mm:ss.fffzzz", CultureInfo.InvariantCulture);
        var (type, detail) = (match.Groups["type"].Value, match.Groups["detail"].Value.Trim());
        if (type != "lifecycle")
            return new(time, match.Groups["domain"].Value, type, detail);
        var words = detail.Split(' ', 2);
        return new(time, match.Groups["domain"].Value, words[0], words.ElementAtOrDefault(1) ?? "");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Time:HH:mm:ss.fff} {Domain} {What} {Why}";

    [GeneratedRegex(@"^(?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d{4}): event '(?<type>[a-z0-9-]+)' for domain '(?<domain>[^']+)'(?::? ?(?<detail>.*))?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Line();
}
