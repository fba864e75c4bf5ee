using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Provisioning.Testing.ApiServer;

/// <summary>Carries out all verbs but watch.</summary>
internal sealed class FakeHandlers(FakeStore store)
{
    public async Task<(int Code, JsonObject Body)> HandleAsync(HttpRequest request, FakeCall call, CancellationToken cancellationToken)
    {
        try
        {
            if (call.Kind is not { } kind || (kind.IsNamespaced && call.Namespace.Length == 0 && call.Verb is not "list"))
                throw new FakeRefusal(404, "NotFound", "the server could not find the requested resource");
            var body = request.ContentLength is null or 0 ? null : await JsonSerializer.DeserializeAsync<JsonNode>(request.Body, cancellationToken: cancellationToken);
            return call.Verb switch
            {
                "get" => (200, store.Get(kind, call.Namespace, call.Name)),
                "list" => (200, List(request, kind, call.Namespace)),
                "create" => (201, store.Create(kind, call.Namespace, Object(body))),
                "update" => (200, store.Update(kind, call.Namespace, call.Name, call.Subresource, mustHaveVersion: true, _ => Object(body))),
                "patch" => Patch(request, kind, call, body),
                "delete" => (200, store.Delete(kind, call.Namespace, call.Name, body as JsonObject)),
                _ => throw new FakeRefusal(405, "MethodNotAllowed", $"{call.Verb} is not allowed"),
            };
        }
        catch (FakeRefusal refusal)
        {
            return (refusal.Code, refusal.ToStatus());
        }
    }

    private static JsonObject Object(JsonNode? body) => body as JsonObject ?? throw FakeRefusal.BadRequest("the body is no object");

    private static JsonObject Changed(JsonObject entity, Action<JsonObject> change)
    {
        change(entity);
        return entity;
    }

    private (int Code, JsonObject Body) Patch(HttpRequest request, FakeKind kind, FakeCall call, JsonNode? body)
    {
        JsonObject Update(Func<JsonObject, JsonObject> change) =>
            store.Update(kind, call.Namespace, call.Name, call.Subresource, mustHaveVersion: false, change);

        switch (request.ContentType)
        {
            case "application/merge-patch+json":
                return (200, Update(entity => Changed(entity, changed => Patches.Merge(changed, Object(body)))));
            case "application/json-patch+json":
                return (200, Update(entity => Patches.ApplyJsonPatch(entity, body as JsonArray ?? throw FakeRefusal.BadRequest("the body is no array"))));
            case "application/apply-patch+yaml":
                var manager = (string?)request.Query["fieldManager"] ?? throw FakeRefusal.BadRequest("fieldManager is required for apply patch");
                return (200, store.Apply(kind, call.Namespace, call.Name, call.Subresource, manager, Object(body)));
            default:
                throw new FakeRefusal(415, "UnsupportedMediaType", $"the body of the request was in an unknown format: {request.ContentType}");
        }
    }

    // Pages after the first show the state of the moment, not that of the first page; a watch from the first page's version makes up for it.
    private JsonObject List(HttpRequest request, FakeKind kind, string ns)
    {
        if (request.Query.ContainsKey("labelSelector") || request.Query.ContainsKey("fieldSelector"))
            throw FakeRefusal.BadRequest("the fake API server has no selectors");
        var (items, version) = store.List(kind, ns);
        var limit = int.TryParse(request.Query["limit"], out var asked) && asked > 0 ? asked : int.MaxValue;
        var skip = 0;
        if ((string?)request.Query["continue"] is { Length: > 0 } token)
        {
            var parts = Encoding.UTF8.GetString(Convert.FromBase64String(token)).Split(':');
            (version, skip) = (long.Parse(parts[0]), int.Parse(parts[1]));
            store.Since(version, kind, ns);
        }
        else if (long.TryParse(request.Query["resourceVersion"], out var wanted) && wanted > version)
        {
            throw new FakeRefusal(504, "Timeout", $"Too large resource version: {wanted}, current: {version}") { CauseReason = "ResourceVersionTooLarge" };
        }

        var meta = new JsonObject { ["resourceVersion"] = version.ToString() };
        if (skip + (long)limit < items.Count)
            meta["continue"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{version}:{skip + limit}"));
        return new JsonObject
        {
            ["apiVersion"] = kind.ApiVersion,
            ["kind"] = $"{kind.Kind}List",
            ["metadata"] = meta,
            ["items"] = new JsonArray([.. items.Skip(skip).Take(limit)]),
        };
    }
}
