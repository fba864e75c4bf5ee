using Provisioning.Api.Nodes;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;

namespace Provisioning.Engines.Remote.Guests;

/// <summary>Logs in to the operating systems on the machines.</summary>
/// <param name="connector">Opens SSH sessions.</param>
/// <param name="modules">What can be done inside operating systems.</param>
/// <param name="clock">Clock.</param>
public sealed class GuestAccess(ISshConnector connector, IReadOnlyList<IOperatingSystemModule> modules, TimeProvider clock)
{
    /// <summary>A busy guest without KVM needs more than ten seconds for the key exchange and the login.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Longest time for logging in and one look together: it is what a guest that hangs can hold a reconcile for.</summary>
    public static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The module for a Node; null for type None.</summary>
    public IOperatingSystemModule? ModuleOf(NodeTarget node) =>
        node.Spec.OperatingSystem.Type == OperatingSystemType.None
            ? null
            : modules.FirstOrDefault(module => module.Type == node.Spec.OperatingSystem.Type)
                ?? throw new InvalidOperationException($"There is no module for operating systems of type {node.Spec.OperatingSystem.Type}.");

    /// <summary>Logs in and looks. The caller disposes of the session. There is no reading if the Node's operating system has no module.</summary>
    /// <exception cref="SshFailureException">The machine did not let us in or did not answer; the kind says why.</exception>
    public async Task<(ISshSession Session, OperatingSystemReading? Reading)> LookAsync(NodeTarget node, GuestTrust trust, string loginScope, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LookTimeout, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        ISshSession? session = null;
        try
        {
            session = await ConnectAsync(node, trust, loginScope, linked.Token);
            return (session, ModuleOf(node) is { } module ? await module.ObserveAsync(session, linked.Token) : null);
        }
        catch (Exception error)
        {
            if (session is not null)
                await session.DisposeAsync();
            if (error is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                throw new SshFailureException(SshFailureKind.TimedOut, $"The machine at {node.Spec.OperatingSystem.Address} let us in, but did not say within {LookTimeout.TotalSeconds:0} s what it runs. Look whether it hangs.", error);
            throw;
        }
    }

    private Task<ISshSession> ConnectAsync(NodeTarget node, GuestTrust trust, string loginScope, CancellationToken cancellationToken)
    {
        var system = node.Spec.OperatingSystem;
        if (node.Credentials is null)
        {
            throw new SshFailureException(SshFailureKind.CredentialsInvalid,
                $"There is no login for the Node {node.Name}: the Secret {system.CredentialsSecretRef?.Name} is missing or lacks a key. Create it " +
                "with the key ssh-privatekey or password.");
        }

        return connector.ConnectAsync(
            new()
            {
                Address = system.Address ?? "",
                Port = system.Port,
                User = system.User,
                Credentials = node.Credentials,
                HostKeys = trust.HostKeys,
                HostKeysField = GuestTrust.Field(node),
                TrustAnyHostKey = trust.TrustAny,
                LoginScope = loginScope,
                ConnectTimeout = ConnectTimeout,
            },
            cancellationToken);
    }
}
