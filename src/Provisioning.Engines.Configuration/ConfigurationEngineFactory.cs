using Microsoft.Extensions.Logging;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;
using Provisioning.Ssh.Pooling;

namespace Provisioning.Engines.Configuration;

/// <summary>Makes engines for hosts with the configuration of services or devices.</summary>
/// <param name="connector">Opens SSH sessions; one for the whole program, since it remembers refused logins.</param>
/// <param name="pool">Shares the sessions to hosts; one for the whole program, since its limits hold for all Provisioners of a host together.</param>
/// <param name="clock">Clock.</param>
/// <param name="loggers">Loggers.</param>
public sealed class ConfigurationEngineFactory(ISshConnector connector, SshSessionPool pool, TimeProvider clock, ILoggerFactory loggers) : IProvisioningEngineFactory
{
    /// <inheritdoc/>
    public ProvisionerType Type => ProvisionerType.Configuration;

    /// <inheritdoc/>
    public IProvisioningEngine Create(ProvisionerTarget provisioner) => new ConfigurationEngine(provisioner, connector, pool, clock, loggers);
}
