using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NLua;

namespace Provisioning.GitOps.Tests.Support;

/// <summary>
/// The health checks that we give to users of Argo CD, run in a real Lua as Argo CD does: the object as the global table obj, the answer a table; an object under
/// deletion is Progressing without any script.
/// </summary>
internal sealed class ArgoHealth : IDisposable
{
    /// <summary>Folder of the checks, laid out as Argo CD's own resource_customizations.</summary>
    public static string Folder(string kind) => SourceTree.File($"docs/examples/gitops/argocd/resource_customizations/provisioning.dev/{kind}");

    private readonly Lua _lua = new();

    public (string Status, string Message) Of(JsonNode entity)
    {
        if (entity["metadata"]?["deletionTimestamp"] is not null)
            return ("Progressing", "Pending deletion");
        _lua.DoString($"obj = {Literal(entity)}");
        var answer = (LuaTable)_lua.DoString(File.ReadAllText(Path.Combine(Folder((string)entity["kind"]!), "health.lua")), "health.lua")[0];
        return ((string)answer["status"], (string)answer["message"]);
    }

    public void Dispose() => _lua.Dispose();

    private static string Literal(JsonNode? node) => node switch
    {
        null => "nil",
        JsonObject table => $"{{{string.Join(',', table.Select(pair => $"[{Quoted(pair.Key)}]={Literal(pair.Value)}"))}}}",
        JsonArray list => $"{{{string.Join(',', list.Select(Literal))}}}",
        _ when node.GetValueKind() == JsonValueKind.String => Quoted((string)node!),
        _ => node.ToJsonString(),
    };

    private static string Quoted(string text) =>
        $"\"{string.Concat(Encoding.UTF8.GetBytes(text).Select(code => code is >= 32 and < 127 and not (byte)'"' and not (byte)'\\' ? ((char)code).ToString() : string.Create(CultureInfo.InvariantCulture, $"\\{code:000}")))}\"";
}
