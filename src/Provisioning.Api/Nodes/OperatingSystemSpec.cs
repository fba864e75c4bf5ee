using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Meta;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Nodes;

/// <summary>The operating system on a machine and how to reach it.</summary>
[Cel("self.type == 'None' || has(self.address)", "must give address unless type is None: without it the operator cannot see what runs on the machine")]
[Cel("self.type == 'None' || has(self.credentialsSecretRef)", "must name a Secret in credentialsSecretRef unless type is None")]
[Cel("self.hostKeyPolicy != 'Pinned' || self.type == 'None' || (has(self.hostKeys) && size(self.hostKeys) > 0)", "must list hostKeys when hostKeyPolicy is Pinned")]
[Cel("self.type != 'None' || !has(self.hooks) || size(self.hooks) == 0", "must have no hooks when type is None: nothing inside such a machine is run")]
public sealed class OperatingSystemSpec
{
    /// <summary>
    /// Family of the operating system on the machine. Linux: prepared over SSH before a capture and after a load. Windows: the same, over OpenSSH and PowerShell. None: nothing inside the machine is looked at or changed; the image is known from
    /// the provisioner's own records alone.
    /// </summary>
    public OperatingSystemType Type { get; set; } = OperatingSystemType.None;

    /// <summary>Host name or IP address where the machine's SSH server answers.</summary>
    [StringLength(253, MinimumLength = 1), RegularExpression(Patterns.Address)]
    public string? Address { get; set; }

    /// <summary>TCP port of the machine's SSH server.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 22;

    /// <summary>User to log in as. Preparing an image needs the rights of root.</summary>
    [StringLength(32, MinimumLength = 1), RegularExpression(Patterns.UserName)]
    public string User { get; set; } = "root";

    /// <summary>Secret with the login: key "ssh-privatekey" (optionally "ssh-passphrase"), or key "password".</summary>
    public LocalReference? CredentialsSecretRef { get; set; }

    /// <summary>
    /// How the SSH host key of the machine is trusted. FromImage: after a load the machine must show a host key of the Image (Image.spec.sshHostKeys), is then given keys of its own, and those are pinned.
    /// Pinned: the machine must always show one of hostKeys. TrustAfterLoad: the first key seen after a load is trusted, then pinned; whoever controls the
    /// network at that moment could pose as the machine, so the condition CredentialsValid says so.
    /// </summary>
    public HostKeyPolicy HostKeyPolicy { get; set; } = HostKeyPolicy.FromImage;

    /// <summary>Accepted SSH host keys for hostKeyPolicy Pinned: "ssh-ed25519 AAAA..." or a fingerprint "SHA256:...".</summary>
    [Items(8, MaximumItemLength = 1024, ItemPattern = Patterns.HostKey)]
    public IList<string> HostKeys { get; set; } = [];

    /// <summary>Programs from ConfigMaps that run inside the machine, in this order at their stages.</summary>
    [ListMap("name"), Items(8)]
    public IList<HookSpec> Hooks { get; set; } = [];

    /// <summary>What follows if a step inside the machine fails, where that is not to be the documented default.</summary>
    [ListMap("name"), Items(24)]
    public IList<StepPolicySpec> StepPolicies { get; set; } = [];
}

/// <summary>Families of operating systems.</summary>
public enum OperatingSystemType
{
    /// <summary>Nothing that can be logged in to.</summary>
    None,

    /// <summary>A Linux system with an SSH server and a POSIX shell.</summary>
    Linux,

    /// <summary>A Windows system with OpenSSH and PowerShell.</summary>
    Windows,
}

/// <summary>How the SSH host key of a machine is trusted.</summary>
public enum HostKeyPolicy
{
    /// <summary>The Image's key first, then the machine's own, pinned.</summary>
    FromImage,

    /// <summary>Only the listed keys.</summary>
    Pinned,

    /// <summary>The first key seen after a load, then pinned.</summary>
    TrustAfterLoad,
}
