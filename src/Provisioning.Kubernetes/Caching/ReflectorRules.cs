using System.Net;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Caching;

/// <summary>What a reflector is at.</summary>
internal enum ReflectorPhase
{
    Listing,
    OpeningWatch,
    Watching,
}

/// <summary>How a reflector goes on after a failure.</summary>
internal enum ReflectorNext
{
    /// <summary>Do the same again: the list with the same version, or the watch from the last version.</summary>
    Again,

    /// <summary>List, at least as new as what was seen last; the server can answer from its cache.</summary>
    List,

    /// <summary>List the newest state: the server no longer, or not yet, has the version that was asked for.</summary>
    ListNewest,
}

/// <summary>Decides how a reflector goes on.</summary>
internal static class ReflectorRules
{
    /// <summary>Failures of the server, the network or the data; anything else is a fault of this program.</summary>
    public static bool IsServersFailure(Exception failure) =>
        failure is KubernetesApiException or HttpRequestException or IOException or TimeoutException or InvalidDataException;

    public static ReflectorNext After(Exception failure, ReflectorPhase phase) => (phase, failure) switch
    {
        (ReflectorPhase.Listing, KubernetesApiException { IsExpired: true } or KubernetesApiException { IsResourceVersionTooLarge: true }) => ReflectorNext.ListNewest,
        (ReflectorPhase.Listing, _) => ReflectorNext.Again,
        // An ERROR event: the server could not go on from this version, so asking for the same again may fail for ever.
        (ReflectorPhase.Watching, KubernetesApiException) => ReflectorNext.List,
        (_, KubernetesApiException { StatusCode: HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError }) => ReflectorNext.Again,
        (_, KubernetesApiException or InvalidDataException) => ReflectorNext.List,
        _ => ReflectorNext.Again,
    };

    /// <summary>What went wrong, with its cause: "see inner exception" tells nobody anything.</summary>
    public static string Reason(Exception failure) =>
        failure.GetBaseException() is var cause && cause != failure && !failure.Message.Contains(cause.Message, StringComparison.Ordinal) ? $"{failure.Message} {cause.Message}" : failure.Message;

    /// <summary>What a person can do about it; empty if the retry will do.</summary>
    public static string Remedy(Exception failure, string resource) => failure switch
    {
        KubernetesApiException { IsNotFound: true } => $" Install the CRD of {resource}.",
        KubernetesApiException { StatusCode: HttpStatusCode.Forbidden } => $" Give the operator's service account the verbs list and watch on {resource}.",
        KubernetesApiException { StatusCode: HttpStatusCode.Unauthorized } => " Check the operator's token or kubeconfig.",
        _ => "",
    };
}
