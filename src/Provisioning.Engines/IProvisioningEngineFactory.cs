using Provisioning.Api.Provisioners;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines;

/// <summary>Makes engines of one type. A new engine is one project with one of these, and one line of registration.</summary>
public interface IProvisioningEngineFactory
{
    /// <summary>The value of <c>spec.type</c> that this factory serves.</summary>
    ProvisionerType Type { get; }

    /// <summary>Makes the engine for one Provisioner, without I/O.</summary>
    IProvisioningEngine Create(ProvisionerTarget provisioner);
}
