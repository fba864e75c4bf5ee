using Provisioning.Api.Provisioners;
using Provisioning.Engines;
using Provisioning.Engines.Targets;
using Provisioning.Simulation.Clusters;

namespace Provisioning.Simulation.Machines;

/// <summary>Makes engines whose machines are at the other end of a network.</summary>
internal sealed class RemoteEngineFactory(OperatorProcess process, IProvisioningEngineFactory inner) : IProvisioningEngineFactory
{
    public ProvisionerType Type => inner.Type;

    public IProvisioningEngine Create(ProvisionerTarget provisioner) => new RemoteEngine(process, inner.Create(provisioner));
}
