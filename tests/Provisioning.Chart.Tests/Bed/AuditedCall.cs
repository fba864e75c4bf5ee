using System.Text.Json.Nodes;

namespace Provisioning.Chart.Tests.Bed;

/// <summary>A request as the API server's audit log tells it, in the words of RBAC.</summary>
/// <param name="Verb">Verb.</param>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Resource">Resource with its subresource.</param>
/// <param name="Namespace">Namespace; empty over all.</param>
/// <param name="Code">Status code of the answer.</param>
public sealed record AuditedCall(string Verb, string Group, string Resource, string Namespace, int Code)
{
    /// <summary>The requests of one user that concern objects.</summary>
    public static IReadOnlyList<AuditedCall> Read(string log, string user)
    {
        // The server is still writing: what has no end of line yet is not read.
        using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var text = reader.ReadToEnd();
        return
        [
            .. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonNode.Parse(line)!)
                .Where(call => (string?)call["user"]?["username"] == user && call["objectRef"] is not null)
                .Select(call => new AuditedCall(
                    (string)call["verb"]!,
                    (string?)call["objectRef"]!["apiGroup"] ?? "",
                    (string)call["objectRef"]!["resource"]! + (call["objectRef"]!["subresource"] is { } subresource ? $"/{subresource}" : ""),
                    (string?)call["objectRef"]!["namespace"] ?? "",
                    (int?)call["responseStatus"]?["code"] ?? 0)),
        ];
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Verb} {Resource}{(Group.Length > 0 ? "." : "")}{Group}{(Namespace.Length > 0 ? " in " : "")}{Namespace} ({Code})";
}
