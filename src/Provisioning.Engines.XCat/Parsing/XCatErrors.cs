namespace Provisioning.Engines.XCat.Parsing;

/// <summary>Kinds of errors that are handled apart.</summary>
internal enum XCatErrorKind
{
    /// <summary>Any other.</summary>
    Other,

    /// <summary>The machine's controller did not answer in time. Whether a command took effect is not known.</summary>
    Timeout,

    /// <summary>A name that is not in xCAT's tables. Nothing was done, for no node of the list.</summary>
    UnknownNodes,

    /// <summary>The kind of hardware control that the node has lacks the command.</summary>
    Unsupported,
}

/// <summary>Reads errors of xCAT. Pure.</summary>
internal static class XCatErrors
{
    public static XCatErrorKind KindOf(string text)
    {
        if (Says(text, "Invalid nodes and/or groups") || Says(text, "invalid node, group, or range"))
            return XCatErrorKind.UnknownNodes;
        if (Says(text, "timeout") || Says(text, "timed out"))
            return XCatErrorKind.Timeout;
        return Says(text, "Unsupported command") || Says(text, "not supported") ? XCatErrorKind.Unsupported : XCatErrorKind.Other;
    }

    /// <summary>The name in "Could not find an object named 'NAME' of type 'node'."; null in other texts.</summary>
    public static string? MissingObject(string text)
    {
        var parts = text.Split('\'');
        return parts.Length >= 3 && Says(parts[0], "Could not find an object named") ? parts[1] : null;
    }

    private static bool Says(string text, string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);
}
