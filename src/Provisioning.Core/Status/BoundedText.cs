using Provisioning.Api.Text;

namespace Provisioning.Core.Status;

/// <summary>
/// The way of text of machines and engines into a status: within the lengths of the API schema, since one string too long would make the API server refuse the whole
/// status, and without anything that would act on the terminal of whoever reads it.
/// </summary>
public static class BoundedText
{
    /// <summary>One line of at most that many UTF-16 units, with an ellipsis where something was cut.</summary>
    public static string Cut(string text, int length) => Shorten(PrintableText.Line(Shorten(text, length + 1)), length);

    /// <summary>The same with its ends of lines.</summary>
    public static string CutLines(string text, int length) => Shorten(PrintableText.Lines(Shorten(text, length + 1)), length);

    private static string Shorten(string text, int length)
    {
        if (text.Length <= length)
            return text;

        // Half a surrogate pair would not survive UTF-8, read back as another text and be written again for ever.
        var end = char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1;
        return string.Concat(text.AsSpan(0, end), "…");
    }
}
