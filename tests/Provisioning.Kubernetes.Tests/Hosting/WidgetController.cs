using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Tests.Controllers;

namespace Provisioning.Kubernetes.Tests.Hosting;

/// <summary>Copies the size into the status; can be held up, and counts.</summary>
internal sealed class WidgetController(IResourceClient<Widget> client, IEntityQueue<Widget> queue, WidgetProbe probe) : IEntityController<Widget>
{
    public async Task<ReconciliationResult> ReconcileAsync(Widget entity, CancellationToken cancellationToken)
    {
        var key = NamespacedName.Of(entity);
        using var inside = probe.Enter(key);
        await probe.Hold(cancellationToken);
        if (entity.Status?.Size == entity.Spec.Size)
        {
            probe.Settled.Writer.TryWrite((key.Name, entity.Spec.Size));
            return ReconciliationResult.Done;
        }

        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = entity.Metadata.ResourceVersion },
            ["status"] = new JsonObject { ["size"] = entity.Spec.Size },
        };
        var written = await client.PatchAsync(key, patch, PatchKind.Merge, "status", cancellationToken);
        queue.Wrote(key, written.Metadata.ResourceVersion);
        return ReconciliationResult.Done;
    }
}

/// <summary>What a test sees of the controller.</summary>
internal sealed class WidgetProbe
{
    private readonly ConcurrentDictionary<NamespacedName, int> _inside = new();

    public Channel<(string Name, int Size)> Settled { get; } = Channel.CreateUnbounded<(string Name, int Size)>();

    public Channel<NamespacedName> Entered { get; } = Channel.CreateUnbounded<NamespacedName>();

    public Func<CancellationToken, Task> Hold { get; set; } = _ => Task.CompletedTask;

    public bool WasShared { get; private set; }

    public int Calls { get; private set; }

    public IDisposable Enter(NamespacedName key)
    {
        lock (_inside)
            Calls++;
        if (_inside.AddOrUpdate(key, 1, (_, count) => count + 1) > 1)
            WasShared = true;
        Entered.Writer.TryWrite(key);
        return new Leave(this, key);
    }

    private sealed class Leave(WidgetProbe probe, NamespacedName key) : IDisposable
    {
        public void Dispose() => probe._inside.AddOrUpdate(key, 0, (_, count) => count - 1);
    }
}
