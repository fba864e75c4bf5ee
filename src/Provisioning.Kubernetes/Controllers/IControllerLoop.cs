namespace Provisioning.Kubernetes.Controllers;

/// <summary>A controller as the host runs it.</summary>
internal interface IControllerLoop
{
    /// <summary>Name in logs and metrics.</summary>
    string Name { get; }

    /// <summary>How long the slowest worker has been at its object.</summary>
    TimeSpan LongestReconcile { get; }

    /// <summary>Connects the sources. To be called before the caches run, so that no change is missed.</summary>
    void Connect();

    /// <summary>Reconciles until told to drain; ends when all workers are idle.</summary>
    /// <param name="mayAct">Asked before each reconcile: whether the leadership holds by the clock.</param>
    /// <param name="drain">Starts no further reconcile; those under way go on.</param>
    /// <param name="abort">Cancels the reconciles under way.</param>
    Task RunAsync(Func<bool> mayAct, CancellationToken drain, CancellationToken abort);
}
