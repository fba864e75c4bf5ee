using System.Text;
using System.Text.Json.Nodes;

namespace Provisioning.Testing.ApiServer;

/// <summary>Carries out all verbs but watch.</summary>
internal sealed class FakeHandlers(FakeStore store)
{
    public (int Code, string Body) Handle(FakeRequest request, FakeCall call)
    {
        try
        {
            if (call.Kind is not { } kind || (kind.IsNamespaced && call.Namespace.Length == 0 && call.Verb is not "list"))
                throw new FakeRefusal(404, "NotFound", "the server could not find the requested resource");
            var body = request.Body.Length == 0 ? null : JsonNode.Parse(request.Body);
            return call.Verb switch
            {
                "get" => (200, store.Get(kind, call.Namespace, call.Name).Json),
                "list" => (200, List(request, kind, call.Namespace)),
                "create" => (201, store.Create(kind, call.Namespace, Object(body)).Json),
                "update" => (200, store.Update(kind, call.Namespace, call.Name, call.Subresource, mustHaveVersion: true, _ => Object(body)).Json),
                "patch" => (200, Patch(request, kind, call, body).Json),
                "delete" => (200, store.Delete(kind, call.Namespace, call.Name, body as JsonObject)),
                _ => throw new FakeRefusal(405, "MethodNotAllowed", $"{call.Verb} is not allowed"),
            };
        }
        catch (FakeRefusal refusal)
        {
            return (refusal.Code, refusal.ToStatus().ToJsonString());
        }
    }

    private static JsonObject Object(JsonNode? body) => body as JsonObject ?? throw FakeRefusal.BadRequest("the body is no object");

    private static JsonObject Changed(JsonObject entity, Action<JsonObject> change)
    {
        change(entity);
        return entity;
    }

    private FakeObject Patch(FakeRequest request, FakeKind kind, FakeCall call, JsonNode? body)
    {
        FakeObject Update(Func<JsonObject, JsonObject> change) =>
            store.Update(kind, call.Namespace, call.Name, call.Subresource, mustHaveVersion: false, change);

        switch (request.ContentType)
        {
            case "application/merge-patch+json":
                return Update(entity => Changed(entity, changed => Patches.Merge(changed, Object(body))));
            case "application/json-patch+json":
                return Update(entity => Patches.ApplyJsonPatch(entity, body as JsonArray ?? throw FakeRefusal.BadRequest("the body is no array")));
            case "application/apply-patch+yaml":
                var manager = request.Parameter("fieldManager") ?? throw FakeRefusal.BadRequest("fieldManager is required for apply patch");
                return store.Apply(kind, call.Namespace, call.Name, call.Subresource, manager, Object(body));
            default:
                throw new FakeRefusal(415, "UnsupportedMediaType", $"the body of the request was in an unknown format: {request.ContentType}");
        }
    }

    // Pages after the first show the state of the moment, not that of the first page; a watch from the first page's version makes up for it.
    private string List(FakeRequest request, FakeKind kind, string ns)
    {
        if (request.Parameter("labelSelector") is not null || request.Parameter("fieldSelector") is not null)
            throw FakeRefusal.BadRequest("the fake API server has no selectors");
        var (items, version) = store.List(kind, ns);
        var limit = int.TryParse(request.Parameter("limit"), out var asked) && asked > 0 ? asked : int.MaxValue;
        var skip = 0;
        if (request.Parameter("continue") is { Length: > 0 } token)
        {
            var parts = Encoding.UTF8.GetString(Convert.FromBase64String(token)).Split(':');
            (version, skip) = (long.Parse(parts[0]), int.Parse(parts[1]));
            store.Since(version, kind, ns);
        }
        else if (long.TryParse(request.Parameter("resourceVersion"), out var wanted) && wanted > version)
        {
            throw new FakeRefusal(504, "Timeout", $"Too large resource version: {wanted}, current: {version}") { CauseReason = "ResourceVersionTooLarge" };
        }

        var meta = new JsonObject { ["resourceVersion"] = version.ToString() };
        if (skip + (long)limit < items.Count)
            meta["continue"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{version}:{skip + limit}"));
        return $$$"""{"apiVersion":"{{{kind.ApiVersion}}}","kind":"{{{kind.Kind}}}List","metadata":{{{meta.ToJsonString()}}},"items":[{{{string.Join(',', items.Skip(skip).Take(limit).Select(item => item.Json))}}}]}""";
    }
}
