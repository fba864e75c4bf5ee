using System.Globalization;
using System.Text.RegularExpressions;

namespace Provisioning.EndToEnd.Bed;

/// <summary>One call of a program on the VM host, as the host itself noted it.</summary>
/// <param name="Time">When it began.</param>
/// <param name="Process">Process id.</param>
/// <param name="Program">virsh, qemu-img or sha256sum.</param>
/// <param name="Arguments">Arguments.</param>
public sealed record HostCommand(DateTimeOffset Time, int Process, string Program, IReadOnlyList<string> Arguments)
{
    private static readonly HashSet<string> Looks = new(StringComparer.Ordinal) { "list", "domstate", "dumpxml", "version", "domcapabilities", "info", "check", "measure" };

    /// <summary>What the program is asked to do: destroy, define, create...</summary>
    public string Verb => Program == "virsh"
        ? Arguments.SkipWhile((argument, index) => argument.StartsWith('-') || (index > 0 && Arguments[index - 1] == "-c")).FirstOrDefault() ?? ""
        : Arguments.Count > 0 ? Arguments[0] : "";

    /// <summary>Whether it could change something. What is not known to be a look counts as one that does.</summary>
    public bool HasEffect => Program != "sha256sum" && !Looks.Contains(Verb);

    /// <inheritdoc/>
    public override string ToString() => $"{Time:HH:mm:ss.fff} {Program} {string.Join(' ', Arguments)}";
}

/// <summary>Every call of virsh, qemu-img and sha256sum on the VM host: the oracle of what was really done.</summary>
/// <param name="path">Path of the log.</param>
public sealed partial class CommandLog(string path)
{
    /// <summary>This moment, for <see cref="Since"/>.</summary>
    public HostMark Mark() => new(File.ReadLines(path).Count(), TimeProvider.System.GetUtcNow());

    /// <summary>The calls after a mark.</summary>
    public IReadOnlyList<HostCommand> Since(HostMark mark) => [.. File.ReadLines(path).Skip(mark.Line).Select(Parse)];

    /// <summary>The calls after a mark that could change something and have a text in their arguments.</summary>
    /// <param name="mark">The mark.</param>
    /// <param name="text">For example the UUID of a machine, which is also part of the paths of its disks.</param>
    public IReadOnlyList<HostCommand> EffectsSince(HostMark mark, string text) =>
        [.. Since(mark).Where(command => command.HasEffect && command.Arguments.Any(argument => argument.Contains(text, StringComparison.Ordinal)))];

    private static HostCommand Parse(string line)
    {
        var words = line.Split(' ', 4);
        var milliseconds = (long)(double.Parse(words[0], CultureInfo.InvariantCulture) * 1000);
        return new(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), int.Parse(words[1]), words[2], words.Length < 4 ? [] : [.. Quoted().Matches(words[3]).Select(Unquote)]);
    }

    private static string Unquote(Match word) => word.Value.StartsWith('$')
        ? Regex.Unescape(word.Value[2..^1].Replace("\\'", "'", StringComparison.Ordinal))
        : word.Value[1..^1].Replace("'\\''", "'", StringComparison.Ordinal);

    // bash's ${parameter@Q}.
    [GeneratedRegex(@"\$'(?:[^'\\]|\\.)*'|'(?:[^']|'\\'')*'", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Quoted();
}
