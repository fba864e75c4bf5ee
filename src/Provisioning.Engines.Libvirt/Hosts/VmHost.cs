using System.Security.Cryptography;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Operations;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;
using Provisioning.Ssh.Pooling;

namespace Provisioning.Engines.Libvirt.Hosts;

/// <summary>The VM host of a Provisioner: looks and jobs over shared sessions.</summary>
internal sealed class VmHost(LibvirtSpec spec, SshEndpoint endpoint, SshSessionPool sessions)
{
    /// <summary>Most commands end in this time, so that one call does the step.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    // A host with a thousand machines lists 60 KB.
    private static readonly SshExecuteOptions LookOptions = new() { MaximumOutputBytes = 1024 * 1024 };

    public LibvirtSpec Spec => spec;

    public SshEndpoint Endpoint => endpoint;

    public async Task<HostReading> LookAsync(Machine machine, CancellationToken cancellationToken)
    {
        var mark = "section-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var result = await ReadAsync(HostScripts.Look, [spec.Uri, machine.Uuid, machine.Directory, mark], cancellationToken);
        return HostReading.Parse(result, mark, machine);
    }

    public async Task<SshResult> ReadAsync(string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await using var session = await sessions.RentAsync(endpoint, cancellationToken);
        return await session.ExecuteAsync(ShellCommand.Script(script, [.. arguments]), LookOptions, cancellationToken);
    }

    public Task<JobReport> RunAsync(Machine machine, OperationContext operation, DetachedJob job, CancellationToken cancellationToken) =>
        RunAsync(machine.Scope(operation), job, Patience, cancellationToken);

    public async Task<JobReport> RunAsync(JobScope scope, DetachedJob job, TimeSpan patience, CancellationToken cancellationToken)
    {
        await using var session = await sessions.RentAsync(endpoint, cancellationToken);
        return await DetachedJobs.StartOrAttachAsync(session, scope, job, patience, cancellationToken);
    }

    public async Task<JobReport> RunFencedAsync(JobScope scope, string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await using var session = await sessions.RentAsync(endpoint, cancellationToken);
        return await DetachedJobs.RunFencedAsync(session, scope, script, arguments, cancellationToken);
    }

    public async Task<JobReport> AbandonAsync(JobScope scope, string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await using var session = await sessions.RentAsync(endpoint, cancellationToken);
        return await DetachedJobs.AbandonAsync(session, scope, script, arguments, cancellationToken);
    }
}
