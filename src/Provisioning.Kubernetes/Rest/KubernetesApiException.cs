using System.Net;

namespace Provisioning.Kubernetes.Rest;

/// <summary>The API server refused a call. What it said is in here; calls that got no answer throw <see cref="HttpRequestException"/> or <see cref="TimeoutException"/>.</summary>
public sealed class KubernetesApiException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="statusCode">HTTP status code.</param>
    /// <param name="reason">Reason of the Status body, for example Conflict; empty if the answer had no Status body.</param>
    /// <param name="message">What was refused and why, for people.</param>
    public KubernetesApiException(HttpStatusCode statusCode, string reason, string message)
        : base(message)
    {
        StatusCode = statusCode;
        Reason = reason;
    }

    /// <summary>HTTP status code.</summary>
    public HttpStatusCode StatusCode { get; }

    /// <summary>Reason of the Status body, for example Conflict; empty if the answer had none.</summary>
    public string Reason { get; }

    /// <summary>Single faults that the server found, such as fields with a wrong value.</summary>
    public IReadOnlyList<StatusCause> Causes { get; init; } = [];

    /// <summary>How long the server asks to wait before the next try; null if it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The object was changed since the version that the write was based on.</summary>
    public bool IsConflict => StatusCode == HttpStatusCode.Conflict && !IsAlreadyExists;

    /// <summary>The name is taken.</summary>
    public bool IsAlreadyExists => StatusCode == HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>The object, or its kind, does not exist.</summary>
    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound;

    /// <summary>The object breaks a rule of its schema, see <see cref="Causes"/>.</summary>
    public bool IsInvalid => StatusCode == HttpStatusCode.UnprocessableEntity;

    /// <summary>The resourceVersion or continue token is too old: list again.</summary>
    internal bool IsExpired => StatusCode == HttpStatusCode.Gone || Reason is "Expired" or "Gone";

    /// <summary>
    /// The resourceVersion lies in this server's future: it lags behind another one, or etcd was restored from a backup. Old servers say so
    /// in the message only (kubernetes/kubernetes#72187).
    /// </summary>
    internal bool IsResourceVersionTooLarge =>
        Causes.Any(cause => cause.Reason == "ResourceVersionTooLarge")
        || (StatusCode == HttpStatusCode.GatewayTimeout && Message.Contains("Too large resource version", StringComparison.OrdinalIgnoreCase));
}

/// <summary>One fault that the API server found in a request.</summary>
/// <param name="Reason">Kind of fault, for example FieldValueInvalid.</param>
/// <param name="Field">Path of the field, for example spec.powerState; empty if none is at fault.</param>
/// <param name="Message">Explanation.</param>
public sealed record StatusCause(string Reason, string Field, string Message);
