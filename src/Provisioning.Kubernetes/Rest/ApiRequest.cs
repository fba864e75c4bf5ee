namespace Provisioning.Kubernetes.Rest;

/// <summary>One call to the API server.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path and query below the server's base address, without a leading slash.</param>
/// <param name="Target">What is called about, for messages: <c>nodes.provisioning.dev default/a</c>.</param>
/// <param name="Retry">What may be repeated.</param>
internal sealed record ApiRequest(HttpMethod Method, string Path, string Target, RetrySafety Retry)
{
    public byte[]? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    public override string ToString() => $"{Method} of {Target}";
}

/// <summary>What may be repeated without doing it twice.</summary>
internal enum RetrySafety
{
    /// <summary>Nothing: the caller has its own back-off.</summary>
    Never,

    /// <summary>Only what the server cannot have begun.</summary>
    NotBegun,

    /// <summary>Everything that got no answer: doing it twice is the same as doing it once, or is refused the second time.</summary>
    Idempotent,

    /// <summary>Also what the server failed to answer.</summary>
    Read,
}
