namespace Provisioning.Testing.ApiServer;

/// <summary>One request, in the words of the Kubernetes API.</summary>
/// <param name="Verb">get, list, watch, create, update, patch or delete.</param>
/// <param name="Resource">Plural, with the subresource if there is one: <c>nodes</c>, <c>nodes/status</c>.</param>
/// <param name="Namespace">Namespace; empty if none.</param>
/// <param name="Name">Name; empty for collections.</param>
/// <param name="Path">Path as it came.</param>
/// <param name="Query">Query as it came.</param>
public sealed record FakeCall(string Verb, string Resource, string Namespace, string Name, string Path, string Query)
{
    /// <summary>Status code; null while not answered, 0 if the connection was dropped instead.</summary>
    public int? Code { get; internal set; }

    internal FakeKind? Kind { get; init; }

    internal string? Subresource { get; init; }

    /// <summary>Reads a request as the API server reads paths: /api/v1/... or /apis/GROUP/VERSION/..., then [namespaces/NS/]PLURAL[/NAME[/SUBRESOURCE]].</summary>
    internal static FakeCall Parse(FakeRequest request, IEnumerable<FakeKind> kinds)
    {
        var path = request.Path;
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var rest = parts is ["api", _, .. var core] ? core : parts is ["apis", _, _, .. var named] ? named : [];
        var apiVersion = parts switch
        {
            ["api", var version, ..] => version,
            ["apis", var group, var version, ..] => $"{group}/{version}",
            _ => "",
        };
        var ns = "";
        if (rest is ["namespaces", var inside, _, ..])
            (ns, rest) = (inside, rest[2..]);
        var plural = rest.ElementAtOrDefault(0) ?? "";
        var name = rest.ElementAtOrDefault(1) ?? "";
        var subresource = rest.ElementAtOrDefault(2);
        var isWatch = request.Parameter("watch") is "true" or "1";
        var verb = request.Method switch
        {
            "GET" when name.Length > 0 => "get",
            "GET" => isWatch ? "watch" : "list",
            "POST" => "create",
            "PUT" => "update",
            var other => other.ToLowerInvariant(),
        };
        return new(verb, subresource is null ? plural : $"{plural}/{subresource}", ns, name, path, request.Query)
        {
            Kind = kinds.FirstOrDefault(kind => kind.ApiVersion == apiVersion && kind.Plural == plural),
            Subresource = subresource,
        };
    }
}
