using Provisioning.Api.Provisioners;
using Provisioning.Engines;
using Provisioning.Engines.Targets;
using Provisioning.Simulation.Clusters;

namespace Provisioning.Simulation.Machines;

/// <summary>Makes engines whose machines are at the other end of a network.</summary>
/// <param name="process">The operator that they are made for.</param>
/// <param name="inner">Makes the machines' own engines.</param>
/// <param name="type">The type of Provisioner that they pass for: one with an SSH host has a login, which can be gone.</param>
internal sealed class RemoteEngineFactory(OperatorProcess process, IProvisioningEngineFactory inner, ProvisionerType type) : IProvisioningEngineFactory
{
    public ProvisionerType Type => type;

    public IProvisioningEngine Create(ProvisionerTarget provisioner) => new RemoteEngine(process, inner.Create(provisioner));
}
