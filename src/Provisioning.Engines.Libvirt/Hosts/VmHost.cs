using System.Security.Cryptography;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;
using Provisioning.Ssh.Pooling;

namespace Provisioning.Engines.Libvirt.Hosts;

/// <summary>The VM host of a Provisioner.</summary>
internal sealed class VmHost(LibvirtSpec spec, SshSessionShare sessions) : RemoteHost(sessions)
{
    public LibvirtSpec Spec => spec;

    public async Task<HostReading> LookAsync(Machine machine, CancellationToken cancellationToken)
    {
        var mark = "section-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var result = await ReadAsync(HostScripts.Look, [spec.Uri, machine.Uuid, machine.Directory, mark], cancellationToken);
        return HostReading.Parse(result, mark, machine);
    }

    public Task<JobReport> RunAsync(Machine machine, OperationContext operation, DetachedJob job, CancellationToken cancellationToken) =>
        RunAsync(machine.Scope(operation), job, cancellationToken);
}
