using System.ComponentModel.DataAnnotations;

namespace Provisioning.Api.Meta;

/// <summary>Refers to another object in the same namespace by name.</summary>
public sealed class LocalReference
{
    /// <summary>Name of the object, in the namespace of the object that refers to it.</summary>
    [Required, StringLength(253, MinimumLength = 1), RegularExpression(Patterns.ObjectName)]
    public string Name { get; set; } = "";
}

/// <summary>
/// Patterns that several fields share, in the dialect of the API server (RE2), where <c>$</c> is the very end. In .NET it also matches before a last
/// line feed, so code that checks with them itself must ask for a match of the whole text.
/// </summary>
public static class Patterns
{
    /// <summary>A DNS subdomain, as names of Kubernetes objects are.</summary>
    public const string ObjectName = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

    /// <summary>A host name, an IPv4 or an IPv6 address; never something that a shell or ssh could take for an option.</summary>
    public const string Address = "^([A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)$";

    /// <summary>A POSIX user name.</summary>
    public const string UserName = "^[a-z_][-a-z0-9_]*$";

    /// <summary>An absolute path without segments that begin with a dot, without characters that need quoting, and without the comma and the equals sign of QEMU's option lists.</summary>
    public const string AbsolutePath = "^(/[A-Za-z0-9_+@-][A-Za-z0-9._+@-]*)+$";

    /// <summary>A plain file name.</summary>
    public const string FileName = "^[A-Za-z0-9_][A-Za-z0-9._+-]*$";

    /// <summary>A SHA-256 digest.</summary>
    public const string Digest = "^sha256:[0-9a-f]{64}$";

    /// <summary>An SSH public key as in known_hosts without the host ("ssh-ed25519 AAAA...") or its fingerprint ("SHA256:...").</summary>
    public const string HostKey = "^((ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]+={0,2}|SHA256:[A-Za-z0-9+/]{43}=?)$";

    /// <summary>A free token that a user changes to ask for something once.</summary>
    public const string Token = "^[A-Za-z0-9]([-A-Za-z0-9._:]*[A-Za-z0-9])?$";

    /// <summary>Id of a plan, for example "load-0123456789abcdef". The word in front keeps YAML from reading digits as a number.</summary>
    public const string Plan = "^[a-z]+-[0-9a-f]{16}$";

    /// <summary>A revision of an image.</summary>
    public const string Revision = "^[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?$";
}
