using System.Threading.Channels;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Tests.Contract;

namespace Provisioning.Kubernetes.Tests.Caching;

internal sealed class RecordingSink(Func<ResourceEvent<Widget>, bool>? filter = null) : IResourceEventSink<Widget>
{
    private readonly Channel<ResourceEvent<Widget>> _events = Channel.CreateUnbounded<ResourceEvent<Widget>>();

    public void OnEvent(in ResourceEvent<Widget> resourceEvent)
    {
        if (filter?.Invoke(resourceEvent) ?? true)
            _events.Writer.TryWrite(resourceEvent);
    }

    public ValueTask<ResourceEvent<Widget>> NextAsync(CancellationToken cancellationToken) => _events.Reader.ReadAsync(cancellationToken);

    /// <summary>The next event in short: kind, name and size.</summary>
    public async Task<string> NextTextAsync(CancellationToken cancellationToken)
    {
        var next = await NextAsync(cancellationToken);
        return $"{next.Kind} {next.Entity.Metadata.Name} {next.Entity.Spec?.Size}";
    }

    public bool IsEmpty => !_events.Reader.TryPeek(out _);
}
