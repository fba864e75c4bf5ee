using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;
using Provisioning.Ssh.Pooling;

namespace Provisioning.Engines.Configuration.Services;

/// <summary>The host of a Provisioner.</summary>
internal sealed class ServiceHost(ConfigurationSpec spec, SshSessionShare sessions) : RemoteHost(sessions)
{
    public ConfigurationSpec Spec => spec;

    public Service ServiceOf(OperationContext operation) => new(spec, operation.Node);

    public async Task<ServiceReading> LookAsync(Service service, CancellationToken cancellationToken)
    {
        // A command that reads may take its time; the rest is a moment.
        var options = new SshExecuteOptions { Timeout = TimeSpan.FromSeconds(Math.Min(spec.CommandSeconds, 40) + 15) };
        return ServiceReading.Parse(await ReadAsync(ServiceScripts.Look, service.Arguments(), options, cancellationToken));
    }

    public Task<JobReport> RunAsync(Service service, OperationContext operation, DetachedJob job, CancellationToken cancellationToken) =>
        RunAsync(service.Scope(operation), job, cancellationToken);
}
