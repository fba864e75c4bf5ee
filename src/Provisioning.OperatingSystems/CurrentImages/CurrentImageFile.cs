using System.Collections.Immutable;
using System.Text;

namespace Provisioning.OperatingSystems.CurrentImages;

/// <summary>
/// currentimage.txt: the image's name in the first line, then "key=value" lines. Lines that are not understood are kept as they are, since other programs write
/// this file too.
/// </summary>
internal sealed record CurrentImageFile(ImmutableArray<string> Lines)
{
    public const int MaximumBytes = 64 * 1024;
    public const int MaximumLines = 512;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Windows machines end lines with CR LF.</summary>
    public bool CarriageReturns { get; init; }

    /// <summary>The last line has no end: complete, or the beginning of a line that was being written when the machine stopped.</summary>
    public bool Unterminated { get; init; }

    /// <summary>The name of the image; empty if the first line is none.</summary>
    public string Name => Lines is [var first, ..] && !first.Contains('=') ? first.Trim() : "";

    /// <summary>Reads the bytes of a file. Never throws: what cannot be a currentimage.txt is null with the problem, a part of a sentence.</summary>
    public static CurrentImageFile? Parse(ReadOnlySpan<byte> bytes, out string? problem)
    {
        problem = null;
        if (bytes.Length > MaximumBytes)
            return Refuse($"it is larger than {MaximumBytes / 1024} KiB", out problem);

        string text;
        try
        {
            text = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Refuse("it is not text in UTF-8", out problem);
        }

        if (text.Length == 0)
            return new CurrentImageFile([]);

        var unterminated = !text.EndsWith('\n');
        var lines = (unterminated ? text : text[..^1]).Split('\n');
        if (lines.Length > MaximumLines)
            return Refuse($"it has more than {MaximumLines} lines", out problem);

        var carriageReturns = lines[0].EndsWith('\r');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].EndsWith('\r'))
                lines[i] = lines[i][..^1];
            if (lines[i].Any(c => char.IsControl(c) && c != '\t'))
                return Refuse($"line {i + 1} holds control characters", out problem);
        }

        return new CurrentImageFile([.. lines]) { CarriageReturns = carriageReturns, Unterminated = unterminated };
    }

    /// <summary>The bytes of the file, every line ended.</summary>
    public byte[] Render()
    {
        var end = CarriageReturns ? "\r\n" : "\n";
        return Strict.GetBytes(string.Concat(Lines.Select(line => line + end)));
    }

    /// <summary>The values of a key in the order of its lines: all that follows the first '='.</summary>
    public IEnumerable<string> Values(string key) =>
        Lines.Where(line => IsOf(key, line)).Select(line => line[(key.Length + 1)..].Trim());

    /// <summary>Whether there is a line of that key.</summary>
    public bool Has(string key) => Lines.Any(line => IsOf(key, line));

    /// <summary>The same file with one line of that key, its last.</summary>
    public CurrentImageFile With(string key, string value)
    {
        var kept = Without(key);
        return kept with { Lines = kept.Lines.Add($"{key}={value}") };
    }

    /// <summary>The same file with no line of that key.</summary>
    public CurrentImageFile Without(string key) => this with { Lines = Lines.RemoveAll(line => IsOf(key, line)), Unterminated = false };

    private static bool IsOf(string key, string line) =>
        line.Length > key.Length && line[key.Length] == '=' && line.StartsWith(key, StringComparison.Ordinal);

    private static CurrentImageFile? Refuse(string why, out string? problem)
    {
        problem = why;
        return null;
    }
}
