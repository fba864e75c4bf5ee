namespace Provisioning.Core.Status;

/// <summary>
/// Keeps text of machines and engines within the lengths of the API schema: one string too long would make the API server refuse the whole status.
/// </summary>
public static class BoundedText
{
    /// <summary>Cuts a text to a length, with an ellipsis where something was cut.</summary>
    public static string Cut(string text, int length)
    {
        if (text.Length <= length)
            return text;

        // Half a surrogate pair would not survive UTF-8, read back as another text and be written again for ever.
        var end = char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1;
        return string.Concat(text.AsSpan(0, end), "…");
    }
}
