using Provisioning.Api.Nodes;
using Provisioning.Benchmarks.Processes;
using Provisioning.Benchmarks.Server;
using Provisioning.Kubernetes.Caching;

namespace Provisioning.Benchmarks;

/// <summary>Lets the operator bring one Node to Ready and keeps the states that it writes on the way.</summary>
internal sealed class Harvest : IResourceEventSink<Node>
{
    private readonly List<NodeStatus> _states = [];
    private readonly TaskCompletionSource<IReadOnlyList<NodeStatus>> _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public void OnEvent(in ResourceEvent<Node> resourceEvent)
    {
        if (resourceEvent.Entity.Status is not { } status)
            return;
        _states.Add(status);
        if (ReadyNodes.IsReady(resourceEvent.Entity))
            _complete.TrySetResult([.. _states]);
    }

    /// <summary>The states that a Node has from its first write to Ready.</summary>
    public static async Task<IReadOnlyList<NodeStatus>> RunAsync(Cluster cluster, Options options, TimeProvider time, CancellationToken cancellationToken)
    {
        var (harvest, reflector) = (new Harvest(), cluster.ReflectNodes());
        reflector.AddSink(harvest);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watch = reflector.RunAsync(watching.Token);
        await reflector.WaitForSyncAsync(cancellationToken);
        await cluster.Provisioners.CreateAsync(Fixtures.Simulator(), cancellationToken);
        await cluster.Images.CreateAsync(Fixtures.WebImage(), cancellationToken);
        await cluster.CreateAsync(Fixtures.Nodes("harvest", 1), cancellationToken);
        await using (OperatorProcess.Start(options.Text("operator"), options.Text("operator-kubeconfig"), $"{options.Text("figures")}.log", time))
        {
            var states = await harvest._complete.Task.WaitAsync(TimeSpan.FromMinutes(2), time, cancellationToken);
            await watching.CancelAsync();
            await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return states;
        }
    }
}
