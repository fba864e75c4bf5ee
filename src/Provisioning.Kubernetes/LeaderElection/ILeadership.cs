namespace Provisioning.Kubernetes.LeaderElection;

/// <summary>The right to act. Disposing gives it up, so that another instance takes over at once: only when everything that acts has ended.</summary>
internal interface ILeadership : IAsyncDisposable
{
    /// <summary>Whether it holds at this moment by the clock: false also where a process that was paused has not fired its timers yet.</summary>
    bool IsHeld { get; }

    /// <summary>Whether somebody else may have acted before.</summary>
    bool HasPredecessor { get; }

    /// <summary>Fires when it is lost; it never comes back.</summary>
    CancellationToken Lost { get; }
}
