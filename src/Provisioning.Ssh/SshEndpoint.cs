using Provisioning.Api.Machines;

namespace Provisioning.Ssh;

/// <summary>Where and how to log in.</summary>
public sealed record SshEndpoint
{
    /// <summary>Host name or IP address.</summary>
    public required string Address { get; init; }

    /// <summary>TCP port.</summary>
    public required int Port { get; init; }

    /// <summary>User.</summary>
    public required string User { get; init; }

    /// <summary>Login.</summary>
    public required Credentials Credentials { get; init; }

    /// <summary>
    /// Accepted host keys: "ssh-ed25519 AAAA..." or "SHA256:...". Empty accepts none, unless <see cref="TrustAnyHostKey"/> is set.
    /// </summary>
    public required IReadOnlyList<string> HostKeys { get; init; }

    /// <summary>Where a person lists <see cref="HostKeys"/>, for messages: completes "list the new one in ...". Empty if there is no such place.</summary>
    public string HostKeysField { get; init; } = "";

    /// <summary>Accepts whatever key is shown: only for the first connection after a load, and only where the user's spec says so.</summary>
    public bool TrustAnyHostKey { get; init; }

    /// <summary>
    /// What the machine is at the moment, for example the load that made it: refused logins are counted for each scope apart, because a machine with a new
    /// disk may accept the login that the old one refused.
    /// </summary>
    public string LoginScope { get; init; } = "";

    /// <summary>Longest time for connecting and logging in.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public override string ToString() => $"{User}@{Address}:{Port}";
}
