using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Meta;

namespace Provisioning.Api.Provisioners;

/// <summary>A host with the configuration of services or devices, reached by SSH. Each Node is one of them; its contents are its configuration.</summary>
public sealed class ConfigurationSpec : SshHostSpec
{
    /// <summary>Directory on the host with the captured configurations.</summary>
    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.AbsolutePath)]
    public string ImageDirectory { get; set; } = "/var/lib/provisioning/configurations";

    /// <summary>Directory on the host for the records of work.</summary>
    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.AbsolutePath)]
    public string WorkDirectory { get; set; } = "/var/lib/provisioning/services";
}
