using Microsoft.Extensions.Logging;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;

namespace Provisioning.Engines.Lab;

/// <summary>Makes engines for standalone machines that are reached by SSH only.</summary>
/// <param name="connector">Opens SSH sessions; one for the whole program, since it remembers refused logins.</param>
/// <param name="modules">What can be done inside operating systems.</param>
/// <param name="clock">Clock.</param>
/// <param name="loggers">Loggers.</param>
public sealed class LabEngineFactory(ISshConnector connector, IEnumerable<IOperatingSystemModule> modules, TimeProvider clock, ILoggerFactory loggers) : IProvisioningEngineFactory
{
    private readonly IReadOnlyList<IOperatingSystemModule> _modules = [.. modules];

    /// <inheritdoc/>
    public ProvisionerType Type => ProvisionerType.Lab;

    /// <inheritdoc/>
    public IProvisioningEngine Create(ProvisionerTarget provisioner) => new LabEngine(provisioner, connector, _modules, clock, loggers);
}
