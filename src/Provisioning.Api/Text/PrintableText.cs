using System.Globalization;
using System.Text;

namespace Provisioning.Api.Text;

/// <summary>
/// Makes text of machines, hosts and servers fit to be shown in a terminal. Whoever controls a machine could otherwise move the cursor of the person who looks, or
/// turn the reading direction so that a message says something else than it holds.
/// </summary>
public static class PrintableText
{
    private const char Blank = ' ';

    /// <summary>One line: whatever has no shape of its own (control characters, ends of lines, direction marks, halves of surrogate pairs) becomes a blank.</summary>
    public static string Line(string text) => IsPrintable(text, keepLines: false) ? text : Replace(text, keepLines: false);

    /// <summary>The same with its ends of lines.</summary>
    public static string Lines(string text) => IsPrintable(text, keepLines: true) ? text : Replace(text, keepLines: true);

    /// <summary>Whether it is one line that can be shown as it is, of at most that many UTF-16 units. Null is none.</summary>
    public static bool IsLine(string? text, int longest) => text is not null && text.Length <= longest && IsPrintable(text, keepLines: false);

    /// <summary>Whether it is a line of nothing but printable ASCII, as keys and identifiers are, and not blank. Null is none.</summary>
    public static bool IsPlain(string? text, int longest) => !string.IsNullOrWhiteSpace(text) && text.Length <= longest && text.All(c => c is >= Blank and <= '~');

    private static bool IsPrintable(string text, bool keepLines)
    {
        for (var i = 0; i < text.Length;)
        {
            if (!IsShown(text, i, keepLines, out var length))
                return false;
            i += length;
        }

        return true;
    }

    private static string Replace(string text, bool keepLines)
    {
        var builder = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            if (IsShown(text, i, keepLines, out var length))
                builder.Append(text, i, length);
            else
                builder.Append(Blank);
            i += length;
        }

        return builder.ToString();
    }

    private static bool IsShown(string text, int index, bool keepLines, out int length)
    {
        length = 1;
        var c = text[index];
        if (c is >= ' ' and <= '~')
            return true;
        if (c == '\n')
            return keepLines;
        if (!Rune.TryGetRuneAt(text, index, out var rune))
            return false;
        length = rune.Utf16SequenceLength;
        return Rune.GetUnicodeCategory(rune) is not
            (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
    }
}
