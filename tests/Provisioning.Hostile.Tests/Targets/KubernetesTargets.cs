using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Hostile.Tests.Fuzzing;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.LeaderElection;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Hostile.Tests.Targets;

/// <summary>Bodies of the API server, or of what stands between it and us.</summary>
internal static class KubernetesTargets
{
    private static readonly string[] Words =
        ["\"items\"", "\"metadata\"", "\"resourceVersion\"", "\"continue\"", "\"name\"", "\"namespace\"", "\"spec\"", "\"status\"", "\"type\"", "\"object\"", "\"ADDED\"", "\"MODIFIED\"", "\"DELETED\"", "\"BOOKMARK\"", "\"ERROR\"", "\"code\"", "\"reason\"", "\"message\"", "\"details\"", "\"causes\"", "\"powerState\"", "\"PoweredOn\"", "{", "}", "[", "]", ",", ":", "\n"];

    private static readonly ApiRequest Request = new(HttpMethod.Get, "/apis", "nodes lab/n", RetrySafety.Read);

    private static readonly string[] OtherWords =
        ["\"data\"", "\"binaryData\"", "\"AAEC\"", "\"not base64\"", "\"holderIdentity\"", "\"leaseTransitions\": 2147483647", "\"leaseDurationSeconds\"", "\"acquireTime\"", "\"2024-05-01T10:00:00.000000Z\"", "\"0001-01-01T00:00:00Z\"", "\"conditions\"", "\"libvirt\"", "\"finalizers\"", "\"ownerReferences\"", "null", .. Words];

    public static IReadOnlyList<Target> All { get; } =
    [
        new("kube-list", Words, ReadList(ApiJsonContext.Default.Node)),
        new("kube-watch", Words, ReadWatch(ApiJsonContext.Default.Node)),
        new("kube-status", ["Retry-After: ", "Wed, 21 Oct 2015 07:28:00 GMT\n", "Fri, 31 Dec 9999 23:59:59 GMT\n", "120\n", "-1\n", "0\n", .. Words], ReadStatus),
        .. Kind("image", ApiJsonContext.Default.Image, static _ => { }),
        .. Kind("image-capture", ApiJsonContext.Default.ImageCapture, static _ => { }),
        .. Kind("provisioner", ApiJsonContext.Default.Provisioner, static _ => { }),
        .. Kind("lease", BuiltInResources.Leases.JsonTypeInfo, CheckLease),
        .. Kind("secret", BuiltInResources.Secrets.JsonTypeInfo, static secret => BrokenPromiseException.Unless(secret.ToString().StartsWith("Secret ", StringComparison.Ordinal), "it shows more than its name")),
        .. Kind("config-map", BuiltInResources.ConfigMaps.JsonTypeInfo, static _ => { }),
        new("kube-object-node", OtherWords, ReadObject(ApiJsonContext.Default.Node, static _ => { })),
    ];

    private static IEnumerable<Target> Kind<T>(string name, JsonTypeInfo<T> type, Action<T> check)
        where T : class, IKubernetesEntity =>
        [new($"kube-list-{name}", OtherWords, ReadList(type)), new($"kube-watch-{name}", OtherWords, ReadWatch(type)), new($"kube-object-{name}", OtherWords, ReadObject(type, check))];

    /// <summary>The answer to a GET, or to a write.</summary>
    private static Action<byte[]> ReadObject<T>(JsonTypeInfo<T> type, Action<T> check)
        where T : class, IKubernetesEntity => bytes =>
    {
        T entity;
        try
        {
            entity = Await(ObjectBody.ReadAsync(new MemoryStream(bytes), type, Request, CancellationToken.None));
        }
        catch (InvalidDataException declared)
        {
            CheckMessage(declared.Message);
            return;
        }

        BrokenPromiseException.Unless(entity.Metadata.Name.Length > 0, "an object without a name");
        check(entity);
    };

    /// <summary>Whatever a Lease holds, a candidate can write what the API server takes.</summary>
    private static void CheckLease(Lease lease)
    {
        var now = DateTimeOffset.UnixEpoch;
        foreach (var next in new[] { LeaseRecord.Held(lease, new("lab", "leader"), "me", TimeSpan.FromSeconds(15), now), LeaseRecord.Released(lease, new("lab", "leader"), now) })
        {
            BrokenPromiseException.Unless(next.Spec is { LeaseTransitions: null or >= 0, LeaseDurationSeconds: > 0 }, $"{next.Spec?.LeaseTransitions} transitions");
            _ = JsonSerializer.SerializeToUtf8Bytes(next, BuiltInResources.Leases.JsonTypeInfo);
        }
    }

    private static Action<byte[]> ReadList<T>(JsonTypeInfo<T> type)
        where T : class, IKubernetesEntity => bytes =>
    {
        List<DecodedEntity<T>> found = [];
        try
        {
            Await(new ListBodyReader<T>(type, found).ReadAsync(new MemoryStream(bytes), CancellationToken.None));
        }
        catch (InvalidDataException declared)
        {
            CheckMessage(declared.Message);
            return;
        }

        found.ForEach(Check);
    };

    private static Action<byte[]> ReadWatch<T>(JsonTypeInfo<T> type)
        where T : class, IKubernetesEntity => bytes =>
    {
        try
        {
            var events = WatchBodyReader.ReadAsync(new MemoryStream(bytes), type, CancellationToken.None).GetAsyncEnumerator();
            while (Await(events.MoveNextAsync().AsTask()))
                Check(events.Current.Object);
        }
        catch (Exception declared) when (declared is InvalidDataException or IOException)
        {
            CheckMessage(declared.Message);
        }
    };

    private static void ReadStatus(byte[] bytes)
    {
        // A first line may be the header that says when to come back.
        var headed = bytes.AsSpan().StartsWith("Retry-After: "u8);
        var body = headed ? Math.Max(Array.IndexOf(bytes, (byte)'\n'), "Retry-After: ".Length) : 0;
        using var response = new HttpResponseMessage(HttpStatusCode.UnprocessableEntity) { Content = new ByteArrayContent(bytes[body..]) };
        if (headed)
            response.Headers.TryAddWithoutValidation("Retry-After", Encoding.Latin1.GetString(bytes["Retry-After: ".Length..body]));
        var refusal = Await(ApiErrors.ReadAsync(Request, response, TimeProvider.System, CancellationToken.None));
        BrokenPromiseException.Unless(refusal.Message.Length < 4096, $"a message of {refusal.Message.Length} characters");
        Status.CleanJson.CheckText("message", refusal.Message[..Math.Min(1024, refusal.Message.Length)].TrimEnd('\ud83d'));
        BrokenPromiseException.Unless(refusal.RetryAfter is null || refusal.RetryAfter > TimeSpan.Zero, "a wait backwards in time");
        BrokenPromiseException.Unless(RetryRules.Delay(RetrySafety.Read, refusal, 1, 0.5) is null or { Ticks: > 0 }, "it comes back at once");
    }

    private static void CheckMessage(string? message)
    {
        BrokenPromiseException.Unless((message?.Length ?? 0) <= 1000, $"a message of {message?.Length} characters");
        Status.CleanJson.CheckText("message", message ?? "");
    }

    private static void Check<T>(DecodedEntity<T> item)
        where T : class, IKubernetesEntity
    {
        CheckMessage(item.Fault);
        BrokenPromiseException.Unless((item.Entity is null) == (item.Fault is not null) || item.Key == default || item.Fault?.Length == 0, "an object that was neither read nor refused");
    }

    /// <summary>All of it is in memory, so nothing waits.</summary>
    private static T Await<T>(Task<T> task)
    {
        BrokenPromiseException.Unless(task.IsCompleted, "it waits for more than there is");
#pragma warning disable VSTHRD002 // It is completed.
        return task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
