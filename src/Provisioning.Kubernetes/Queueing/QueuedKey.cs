namespace Provisioning.Kubernetes.Queueing;

/// <summary>A key handed to a worker.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <param name="Key">The key.</param>
/// <param name="Priority">The priority it was queued with; a retry keeps it.</param>
internal readonly record struct QueuedKey<TKey>(TKey Key, int Priority);
