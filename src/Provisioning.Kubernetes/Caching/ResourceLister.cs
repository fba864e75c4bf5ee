using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Caching;

/// <summary>LIST and WATCH of a kind, without retries: the reflector has the one back-off.</summary>
internal sealed class ResourceLister<T>(ApiTransport transport, ResourceDefinition<T> definition, string? @namespace, string? labelSelector = null)
    where T : class, IKubernetesEntity
{
    /// <summary>Objects in a page of a list of the newest state. Lists of a version are not paged: the server's cache answers them in one piece.</summary>
    public const int PageSize = 500;

    /// <summary>Time for one page with its body.</summary>
    public static readonly TimeSpan PageDeadline = TimeSpan.FromSeconds(60);

    /// <summary>Time until a watch has its headers; servers send them at once, before the first event.</summary>
    public static readonly TimeSpan HeaderDeadline = TimeSpan.FromSeconds(30);

    private readonly string _path = ResourcePath.Of(definition, @namespace ?? "");
    private readonly string _selection = labelSelector is null ? "" : $"&labelSelector={Uri.EscapeDataString(labelSelector)}";

    /// <summary>Lists all objects.</summary>
    /// <param name="resourceVersion">"0" for any state, "" for the newest, else one not older than this version.</param>
    /// <param name="objects">Gets the objects.</param>
    /// <param name="onPage">Is told of every page.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The version of the list.</returns>
    public async Task<string> ListAsync(string resourceVersion, List<DecodedEntity<T>> objects, Action onPage, CancellationToken cancellationToken)
    {
        var query = resourceVersion.Length == 0 ? $"?limit={PageSize}" : $"?resourceVersion={Uri.EscapeDataString(resourceVersion)}";
        ListMeta page;
        var next = query;
        do
        {
            page = await transport.SendAsync(
                Request("list", next),
                PageDeadline,
                (body, token) => new ListBodyReader<T>(definition.JsonTypeInfo, objects).ReadAsync(body, token),
                cancellationToken);
            onPage();
            next = $"?limit={PageSize}&continue={Uri.EscapeDataString(page.Continue ?? "")}";
        }
        while (!string.IsNullOrEmpty(page.Continue));

        return page.ResourceVersion is { Length: > 0 } version
            ? version
            : throw new InvalidDataException($"The list of {definition.Resource} has no resourceVersion, so it cannot be watched from there.");
    }

    /// <summary>Opens a watch. The response is the caller's to dispose.</summary>
    public Task<HttpResponseMessage> WatchAsync(string resourceVersion, int timeoutSeconds, CancellationToken cancellationToken) =>
        transport.OpenAsync(
            Request("watch", $"?watch=true&allowWatchBookmarks=true&timeoutSeconds={timeoutSeconds}&resourceVersion={Uri.EscapeDataString(resourceVersion)}"),
            HeaderDeadline,
            cancellationToken);

    /// <summary>Makes an exception of an ERROR event.</summary>
    public KubernetesApiException Error(ApiStatus status) =>
        ApiErrors.Make(Request("watch", ""), (System.Net.HttpStatusCode)(status.Code ?? 500), status, retryAfter: null);

    private ApiRequest Request(string verb, string query)
    {
        var where = @namespace is null ? "" : $" in {@namespace}";
        return new(HttpMethod.Get, _path + query + (query.Length > 0 ? _selection : ""), $"{definition.Resource}{where} ({verb})", RetrySafety.Never);
    }
}
