using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Provisioning.Api.Meta;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Provisioners;

/// <summary>A host that a Provisioner reaches by SSH, as every section of such an engine describes it.</summary>
public class SshHostSpec
{
    /// <summary>Host name or IP address of the host.</summary>
    [Required, StringLength(253, MinimumLength = 1), RegularExpression(Patterns.Address)]
    [JsonPropertyOrder(-1)]
    public string Address { get; set; } = "";

    /// <summary>TCP port of the host's SSH server.</summary>
    [Range(1, 65535)]
    [JsonPropertyOrder(-1)]
    public int Port { get; set; } = 22;

    /// <summary>User to log in as. It needs the rights for the commands of the engine and must be allowed to write to its directories.</summary>
    [StringLength(32, MinimumLength = 1), RegularExpression(Patterns.UserName)]
    [JsonPropertyOrder(-1)]
    public string User { get; set; } = "root";

    /// <summary>Secret with the login: key "ssh-privatekey" (optionally "ssh-passphrase"), or key "password".</summary>
    [Required]
    [JsonPropertyOrder(-1)]
    public LocalReference CredentialsSecretRef { get; set; } = new();

    /// <summary>Accepted SSH host keys of the host: "ssh-ed25519 AAAA..." as "ssh-keyscan -t ed25519 HOST" prints it after the host, or a fingerprint "SHA256:...".</summary>
    [Required, Items(8, Minimum = 1, MaximumItemLength = 1024, ItemPattern = Patterns.HostKey)]
    [JsonPropertyOrder(-1)]
    public IList<string> HostKeys { get; set; } = [];
}
