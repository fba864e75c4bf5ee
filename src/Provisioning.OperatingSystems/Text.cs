using System.Globalization;
using System.Text;

namespace Provisioning.OperatingSystems;

/// <summary>Makes what a machine says fit to be shown: its user wrote it.</summary>
internal static class Text
{
    /// <summary>One line without control, formatting (direction marks) or private characters, at most that many UTF-16 units.</summary>
    public static string Clean(string text, int maximum)
    {
        var builder = new StringBuilder(Math.Min(text.Length, maximum));
        var blank = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (!IsVisible(rune) || Rune.IsWhiteSpace(rune))
            {
                blank = builder.Length > 0;
                continue;
            }

            if (builder.Length + rune.Utf16SequenceLength + (blank ? 1 : 0) > maximum)
                break;
            if (blank)
                builder.Append(' ');
            builder.Append(rune.ToString());
            blank = false;
        }

        return builder.ToString();
    }

    /// <summary>The last lines, each as by <see cref="Clean"/>, together at most that many UTF-16 units; null if there is nothing to show.</summary>
    public static string? End(IReadOnlyList<string> lines, int maximum)
    {
        var kept = new Stack<string>();
        var length = 0;
        foreach (var line in lines.Reverse().Select(line => Clean(line, maximum)).Where(line => line.Length > 0))
        {
            length += line.Length + 1;
            if (length > maximum + 1)
                break;
            kept.Push(line);
        }

        return kept.Count > 0 ? string.Join('\n', kept) : null;
    }

    /// <summary>Whether all of it can be shown as it is.</summary>
    public static bool IsPlain(string text) => text.EnumerateRunes().All(IsVisible);

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
