using Provisioning.Api.Provisioners;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated;

/// <summary>Makes engines for Provisioners of type Simulated. All of them see the machines of one room.</summary>
/// <param name="room">Where the machines are.</param>
/// <param name="time">The operator's clock. The machines go by the clock of the room.</param>
public sealed class SimulatedEngineFactory(SimulatedMachineRoom room, TimeProvider time) : IProvisioningEngineFactory
{
    /// <inheritdoc/>
    public ProvisionerType Type => ProvisionerType.Simulated;

    /// <inheritdoc/>
    public IProvisioningEngine Create(ProvisionerTarget provisioner) => new SimulatedEngine(room, provisioner, time);
}
