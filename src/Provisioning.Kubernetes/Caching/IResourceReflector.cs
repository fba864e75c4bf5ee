namespace Provisioning.Kubernetes.Caching;

/// <summary>Keeps the cache of one kind current. The host runs it, waits for its first list, and asks whether it still moves.</summary>
public interface IResourceReflector
{
    /// <summary>Plural and group of the kind, for example <c>nodes.provisioning.dev</c>; for logs and health.</summary>
    string Resource { get; }

    /// <summary>
    /// When the loop last did anything: finished a list, opened a watch, read a line of it, or failed and went into back-off. Failures count,
    /// because a restart of this process does not repair an API server; a loop that hangs does not.
    /// </summary>
    DateTimeOffset LastActivity { get; }

    /// <summary>The longest time that a loop in good order can be without activity. Beyond twice of it, liveness has failed.</summary>
    TimeSpan LongestSilence { get; }

    /// <summary>How many objects of the kind this program cannot decode and therefore does not have in the cache.</summary>
    int UndecodableCount { get; }

    /// <summary>Lists and watches until cancelled. Failures of the API server are logged and retried for ever; call it once.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Completes when the first list is in the cache and all sinks know of it.</summary>
    Task WaitForSyncAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Completes when the cache is at least as new as this call, and all sinks know of it. A watch can be late, broken or silent without knowing it. So it is asked to show what is written now,
    /// and where nothing can be written, or it does not show it, everything is listed anew.
    /// </summary>
    Task CatchUpAsync(CancellationToken cancellationToken);
}
