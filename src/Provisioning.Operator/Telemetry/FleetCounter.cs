using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Kubernetes.Caching;

namespace Provisioning.Operator.Telemetry;

/// <summary>Counts the fleet once for all metrics of a scrape.</summary>
internal sealed class FleetCounter(IResourceCache<Node> nodes, IResourceCache<Provisioner> provisioners, IEnumerable<IResourceReflector> reflectors, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private FleetCount? _last;
    private long _counted;

    public FleetCount Count()
    {
        lock (_lock)
        {
            if (_last is null || time.GetElapsedTime(_counted) > Fresh)
            {
                _last = FleetCount.Of(nodes.List(), provisioners.List(), reflectors.ToDictionary(reflector => reflector.Resource, reflector => reflector.UndecodableCount), time.GetUtcNow());
                _counted = time.GetTimestamp();
            }

            return _last;
        }
    }
}
