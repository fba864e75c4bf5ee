using Provisioning.Api;
using Provisioning.Ssh;

namespace Provisioning.Engines.Remote.Hosts;

/// <summary>Words of the API for failures of SSH.</summary>
public static class SshReasons
{
    /// <summary>For the host of a Provisioner.</summary>
    public static string OfHost(SshFailureKind kind) => Of(kind, Reasons.HostUnreachable);

    /// <summary>For the machine of a Node.</summary>
    public static string OfGuest(SshFailureKind kind) => Of(kind, Reasons.SshUnreachable);

    private static string Of(SshFailureKind kind, string unreachable) => kind switch
    {
        SshFailureKind.HostKeyMismatch => Reasons.HostKeyMismatch,
        SshFailureKind.HostKeyUnknown => Reasons.HostKeyUnknown,
        SshFailureKind.CredentialsRefused => Reasons.CredentialsRefused,
        SshFailureKind.CredentialsInvalid => Reasons.SecretInvalid,
        _ => unreachable,
    };
}
