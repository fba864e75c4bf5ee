using System.Text;

namespace Provisioning.Cli.Output;

/// <summary>
/// Text of hosts and machines, made safe for a terminal: a control character in it could move the cursor, change the title, or make what was printed look like something else.
/// </summary>
internal static class SafeText
{
    /// <summary>The text in one line, with a question mark for each control character.</summary>
    public static string Line(string text) => Replace(text, keepsLines: false);

    /// <summary>The text with its lines, and a question mark for each other control character.</summary>
    public static string Lines(string text) => Replace(text, keepsLines: true);

    private static string Replace(string text, bool keepsLines)
    {
        if (!text.Any(char.IsControl))
            return text;
        var safe = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (character == '\n')
                safe.Append(keepsLines ? '\n' : ' ');
            else
                safe.Append(char.IsControl(character) ? '?' : character);
        }

        return safe.ToString();
    }
}
