using Microsoft.Extensions.Logging;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;
using Provisioning.Ssh.Pooling;

namespace Provisioning.Engines.Libvirt;

/// <summary>Makes engines for hosts of virtual machines with libvirt.</summary>
/// <param name="connector">Opens SSH sessions; one for the whole program, since it remembers refused logins.</param>
/// <param name="pool">Shares the sessions to hosts; one for the whole program, since its limits hold for all Provisioners of a host together.</param>
/// <param name="modules">What can be done inside operating systems.</param>
/// <param name="clock">Clock.</param>
/// <param name="loggers">Loggers.</param>
public sealed class LibvirtEngineFactory(ISshConnector connector, SshSessionPool pool, IEnumerable<IOperatingSystemModule> modules, TimeProvider clock, ILoggerFactory loggers)
    : IProvisioningEngineFactory
{
    private readonly IReadOnlyList<IOperatingSystemModule> _modules = [.. modules];

    /// <inheritdoc/>
    public ProvisionerType Type => ProvisionerType.Libvirt;

    /// <inheritdoc/>
    public IProvisioningEngine Create(ProvisionerTarget provisioner) => new LibvirtEngine(provisioner, connector, pool, _modules, clock, loggers);
}
