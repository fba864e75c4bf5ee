using System.Text.RegularExpressions;

namespace Provisioning.Engines.XCat.Parsing;

/// <summary>
/// What a command of xCAT said, by node. The exit code is no part of it: it is 1 if any node failed, although the others succeeded, and is not always right. What
/// counts for a node are its own lines.
/// </summary>
internal sealed partial class XCatReply
{
    private readonly Dictionary<string, NodeAnswer> _nodes = [];
    private readonly List<string> _errors = [];

    private XCatReply()
    {
    }

    /// <summary>Errors that name no node.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>What was said of a node; empty if nothing was.</summary>
    public NodeAnswer Of(string node) => _nodes.GetValueOrDefault(node, NodeAnswer.Silence);

    /// <summary>Names that xCAT does not know; one of them makes it refuse a whole list. Null if that was not said, empty if it did not say which.</summary>
    public IReadOnlyList<string>? UnknownNodes
    {
        get
        {
            var said = _errors.FirstOrDefault(error => XCatErrors.KindOf(error) == XCatErrorKind.UnknownNodes);
            if (said is null)
                return null;
            var colon = said.LastIndexOf(": ", StringComparison.Ordinal);
            return colon < 0 ? [] : said[(colon + 2)..].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
    }

    /// <summary>Reads what a command said. Lines that are neither an answer of a node nor an error are chatter.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error; empty where both came together.</param>
    public static XCatReply Parse(string output, string error)
    {
        var reply = new XCatReply();
        foreach (var line in Lines(output))
            reply.Add(line, isError: false);
        foreach (var line in Lines(error))
            reply.Add(line, isError: true);
        return reply;
    }

    private static IEnumerable<string> Lines(string text) => text.Split('\n').Select(line => line.TrimEnd('\r', ' ')).Where(line => line.Length > 0);

    private void Add(string line, bool isError)
    {
        var match = Line().Match(line);
        if (!match.Success || match.Groups["kind"].Value == "Warning")
            return;
        var (node, text) = (match.Groups["node"].Value, match.Groups["text"].Value.Trim());
        if (match.Groups["kind"].Value == "Error")
            AddError(node, text);
        else if (node.Length > 0 && isError)
            AddError(node, text);
        else if (node.Length > 0)
            DataOf(node).Add(text);
    }

    /// <summary>Grows in place: a node may say very much.</summary>
    private List<string> DataOf(string node)
    {
        if (Of(node).Data is List<string> data)
            return data;
        data = [];
        _nodes[node] = Of(node) with { Data = data };
        return data;
    }

    private void AddError(string node, string text)
    {
        if (node.Length == 0)
            _errors.Add(text);
        else
            _nodes[node] = Of(node) with { Error = Of(node).Error ?? text };
    }

    // "NODE: DATA", "NODE: [server]: Error: TEXT", "[NODE]: Error: TEXT", "Error: [server]: TEXT", "Warning: TEXT". The server is told only where a plug-in set it.
    [GeneratedRegex(@"\A(?:(?!(?:Error|Warning):)\[?(?<node>[A-Za-z0-9][A-Za-z0-9._-]*)\]?:\s+)?(?:\[[^\]]*\]:\s*)?(?:(?<kind>Error|Warning):\s*)?(?:\[[^\]]*\]:\s*)?(?<text>.*)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Line();
}

/// <summary>What a command said of one node.</summary>
/// <param name="Data">Its lines without the name.</param>
/// <param name="Error">The first error; null if there was none.</param>
internal sealed record NodeAnswer(IReadOnlyList<string> Data, string? Error)
{
    public static NodeAnswer Silence { get; } = new([], null);
}
