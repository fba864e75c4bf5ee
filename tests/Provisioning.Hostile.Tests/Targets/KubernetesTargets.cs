using System.Net;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Hostile.Tests.Fuzzing;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Hostile.Tests.Targets;

/// <summary>Bodies of the API server, or of what stands between it and us.</summary>
internal static class KubernetesTargets
{
    private static readonly string[] Words =
        ["\"items\"", "\"metadata\"", "\"resourceVersion\"", "\"continue\"", "\"name\"", "\"namespace\"", "\"spec\"", "\"status\"", "\"type\"", "\"object\"", "\"ADDED\"", "\"MODIFIED\"", "\"DELETED\"", "\"BOOKMARK\"", "\"ERROR\"", "\"code\"", "\"reason\"", "\"message\"", "\"details\"", "\"causes\"", "\"powerState\"", "\"PoweredOn\"", "{", "}", "[", "]", ",", ":", "\n"];

    public static IReadOnlyList<Target> All { get; } = [new("kube-list", Words, ReadList), new("kube-watch", Words, ReadWatch), new("kube-status", Words, ReadStatus)];

    private static void ReadList(byte[] bytes)
    {
        List<DecodedEntity<Node>> found = [];
        try
        {
            Await(new ListBodyReader<Node>(ApiJsonContext.Default.Node, found).ReadAsync(new MemoryStream(bytes), CancellationToken.None));
        }
        catch (InvalidDataException)
        {
            return;
        }

        found.ForEach(Check);
    }

    private static void ReadWatch(byte[] bytes)
    {
        try
        {
            var events = WatchBodyReader.ReadAsync(new MemoryStream(bytes), ApiJsonContext.Default.Node, CancellationToken.None).GetAsyncEnumerator();
            while (Await(events.MoveNextAsync().AsTask()))
                Check(events.Current.Object);
        }
        catch (Exception declared) when (declared is InvalidDataException or IOException)
        {
        }
    }

    private static void ReadStatus(byte[] bytes)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.UnprocessableEntity) { Content = new ByteArrayContent(bytes) };
        var refusal = Await(ApiErrors.ReadAsync(new ApiRequest(HttpMethod.Get, "/apis", "nodes lab/n", RetrySafety.Read), response, TimeProvider.System, CancellationToken.None));
        BrokenPromiseException.Unless(refusal.Message.Length < 4096, $"a message of {refusal.Message.Length} characters");
        Status.CleanJson.CheckText("message", refusal.Message[..Math.Min(1024, refusal.Message.Length)].TrimEnd('\ud83d'));
        BrokenPromiseException.Unless(refusal.RetryAfter is null || refusal.RetryAfter > TimeSpan.Zero, "a wait backwards in time");
    }

    private static void Check(DecodedEntity<Node> item) =>
        BrokenPromiseException.Unless((item.Entity is null) == (item.Fault is not null) || item.Key == default || item.Fault?.Length == 0, "an object that was neither read nor refused");

    /// <summary>All of it is in memory, so nothing waits.</summary>
    private static T Await<T>(Task<T> task)
    {
        BrokenPromiseException.Unless(task.IsCompleted, "it waits for more than there is");
#pragma warning disable VSTHRD002 // It is completed.
        return task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
