namespace Provisioning.Kubernetes.LeaderElection;

/// <summary>The leadership of an operator that runs without election: only one instance of it may exist.</summary>
internal sealed class AlwaysLeading : ILeadership
{
    /// <inheritdoc/>
    public bool IsHeld => true;

    /// <summary>It ended before this process listed for the first time.</summary>
    public bool HasPredecessor => false;

    /// <inheritdoc/>
    public CancellationToken Lost => CancellationToken.None;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
