using System.Net;

namespace Provisioning.Kubernetes.Rest;

/// <summary>Decides whether and when a failed call is tried again. All tries and waits of a call lie inside its one deadline.</summary>
internal static class RetryRules
{
    /// <summary>Tries in all when the server is overloaded (429, 503): as client-go.</summary>
    public const int MaxTriesOverloaded = 10;

    /// <summary>Tries in all when the server cannot be reached or fails: 1.5 s of waiting; beyond that the caller's own back-off is the better place.</summary>
    public const int MaxTriesFailed = 5;

    /// <summary>The longest wait that the server can ask for.</summary>
    public static readonly TimeSpan MaxRetryAfter = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan BaseDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    /// <summary>The wait before the next try, or null if there is none.</summary>
    /// <param name="safety">What may be repeated.</param>
    /// <param name="failure">What went wrong.</param>
    /// <param name="tries">Tries made so far, at least 1.</param>
    /// <param name="random">A random number in [0, 1).</param>
    public static TimeSpan? Delay(RetrySafety safety, Exception failure, int tries, double random) =>
        tries < MaxTries(safety, failure) ? Wait((failure as KubernetesApiException)?.RetryAfter, tries, random) : null;

    private static int MaxTries(RetrySafety safety, Exception failure) => failure switch
    {
        _ when safety == RetrySafety.Never => 0,
        KubernetesApiException { StatusCode: HttpStatusCode.TooManyRequests } => MaxTriesOverloaded,
        KubernetesApiException { StatusCode: HttpStatusCode.ServiceUnavailable } => safety >= RetrySafety.Idempotent ? MaxTriesOverloaded : 0,
        KubernetesApiException { StatusCode: HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway } => safety == RetrySafety.Read ? MaxTriesFailed : 0,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } => MaxTriesFailed,
        HttpRequestException or IOException => safety >= RetrySafety.Idempotent ? MaxTriesFailed : 0,
        _ => 0,
    };

    private static TimeSpan Wait(TimeSpan? retryAfter, int tries, double random)
    {
        if (retryAfter is { } asked)
            return TimeSpan.FromTicks(Math.Clamp(asked.Ticks, 0, MaxRetryAfter.Ticks));
        var delay = Math.Min(BaseDelay.Ticks * Math.Pow(2, tries - 1), MaxDelay.Ticks);
        return TimeSpan.FromTicks((long)(delay * (1 + (0.2 * random))));
    }
}
