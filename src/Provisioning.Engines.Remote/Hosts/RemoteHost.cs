using Provisioning.Api.Machines;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;
using Provisioning.Ssh.Pooling;

namespace Provisioning.Engines.Remote.Hosts;

/// <summary>A host that works for machines, reached by SSH: looks and jobs over shared sessions.</summary>
/// <param name="sessions">The sessions to it, with the login of its Provisioner.</param>
public class RemoteHost(SshSessionShare sessions)
{
    /// <summary>Most commands end in this time, so that one call does the step.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    // A host with a thousand machines lists 60 KB.
    private static readonly SshExecuteOptions LookOptions = new() { MaximumOutputBytes = 1024 * 1024 };

    /// <summary>Where it is.</summary>
    public SshEndpoint Endpoint => sessions.Endpoint;

    /// <summary>Where the host of a Provisioner is, and how to log in to it.</summary>
    /// <param name="spec">The section of the Provisioner that describes it.</param>
    /// <param name="section">Name of that section, for messages.</param>
    /// <param name="provisioner">The Provisioner.</param>
    public static SshEndpoint EndpointOf(SshHostSpec spec, string section, ProvisionerTarget provisioner)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(provisioner);
        return new()
        {
            Address = spec.Address,
            Port = spec.Port,
            User = spec.User,
            HostKeys = [.. spec.HostKeys],
            HostKeysField = $"spec.{section}.hostKeys of the Provisioner {provisioner.Name}",
            Credentials = provisioner.Credentials ?? new Credentials(spec.CredentialsSecretRef.Name, "", null, null, null),
        };
    }

    /// <summary>Runs a short script without effects.</summary>
    /// <exception cref="SshFailureException">No answer.</exception>
    public Task<SshResult> ReadAsync(string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        ReadAsync(script, arguments, LookOptions, cancellationToken);

    /// <summary>Runs a script without effects within bounds of its own.</summary>
    /// <exception cref="SshFailureException">No answer.</exception>
    public async Task<SshResult> ReadAsync(string script, IReadOnlyList<string> arguments, SshExecuteOptions options, CancellationToken cancellationToken)
    {
        await using var session = await sessions.RentAsync(cancellationToken);
        return await session.ExecuteAsync(ShellCommand.Script(script, [.. arguments]), options, cancellationToken);
    }

    /// <summary>Starts a job once, or looks at it.</summary>
    /// <exception cref="SshFailureException">No answer. It may have been started: ask again.</exception>
    public Task<JobReport> RunAsync(JobScope scope, DetachedJob job, CancellationToken cancellationToken) => RunAsync(scope, job, Patience, cancellationToken);

    /// <summary>Starts a job once, or looks at it, and waits for its end as long as is said.</summary>
    /// <exception cref="SshFailureException">No answer. It may have been started: ask again.</exception>
    public async Task<JobReport> RunAsync(JobScope scope, DetachedJob job, TimeSpan patience, CancellationToken cancellationToken)
    {
        await using var session = await sessions.RentAsync(cancellationToken);
        return await DetachedJobs.StartOrAttachAsync(session, scope, job, patience, cancellationToken);
    }

    /// <summary>Runs a short script that may be repeated, if no newer operation was seen.</summary>
    /// <exception cref="SshFailureException">No answer. It may have run.</exception>
    public async Task<JobReport> RunFencedAsync(JobScope scope, string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await using var session = await sessions.RentAsync(cancellationToken);
        return await DetachedJobs.RunFencedAsync(session, scope, script, arguments, cancellationToken);
    }

    /// <summary>Ends the jobs of an operation and removes what they left.</summary>
    /// <exception cref="SshFailureException">No answer. Ask again.</exception>
    public async Task<JobReport> AbandonAsync(JobScope scope, string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await using var session = await sessions.RentAsync(cancellationToken);
        return await DetachedJobs.AbandonAsync(session, scope, script, arguments, cancellationToken);
    }
}
