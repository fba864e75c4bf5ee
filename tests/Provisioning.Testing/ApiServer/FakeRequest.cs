namespace Provisioning.Testing.ApiServer;

/// <summary>A request as it came, over a socket or without one.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path.</param>
/// <param name="Query">Query with its question mark; empty if there is none.</param>
/// <param name="ContentType">Type of the body.</param>
/// <param name="Body">The body; empty if there is none.</param>
internal sealed record FakeRequest(string Method, string Path, string Query, string? ContentType, byte[] Body)
{
    private readonly Dictionary<string, string> _parameters = Parse(Query);

    /// <summary>A parameter of the query; null if it is not there.</summary>
    public string? Parameter(string name) => _parameters.GetValueOrDefault(name);

    private static Dictionary<string, string> Parse(string query)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = part.Split('=', 2);
            parameters[Decode(parts[0])] = parts.Length == 2 ? Decode(parts[1]) : "";
        }

        return parameters;
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
