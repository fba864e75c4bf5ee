using Provisioning.Api.Nodes;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Guests;

/// <summary>Logs in to the operating systems on the machines.</summary>
internal sealed class GuestAccess(ISshConnector connector, IReadOnlyList<IOperatingSystemModule> modules)
{
    // A guest that boots refuses or drops; a longer wait would only hold the caller.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The module for a Node; null for type None.</summary>
    public IOperatingSystemModule? ModuleOf(NodeTarget node) =>
        node.Spec.OperatingSystem.Type == OperatingSystemType.None
            ? null
            : modules.FirstOrDefault(module => module.Type == node.Spec.OperatingSystem.Type)
                ?? throw new InvalidOperationException($"There is no module for operating systems of type {node.Spec.OperatingSystem.Type}.");

    /// <exception cref="SshFailureException">The machine did not let us in; the kind says why.</exception>
    public Task<ISshSession> ConnectAsync(NodeTarget node, GuestTrust trust, string loginScope, CancellationToken cancellationToken)
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
                TrustAnyHostKey = trust.TrustAny,
                LoginScope = loginScope,
                ConnectTimeout = ConnectTimeout,
            },
            cancellationToken);
    }
}
