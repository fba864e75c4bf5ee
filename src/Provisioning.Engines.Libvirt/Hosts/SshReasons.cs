using Provisioning.Api;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Hosts;

/// <summary>Words of the API for failures of SSH.</summary>
internal static class SshReasons
{
    public static string OfHost(SshFailureKind kind) => Of(kind, Reasons.HostUnreachable);

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
