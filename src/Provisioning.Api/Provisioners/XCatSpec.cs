using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Meta;

namespace Provisioning.Api.Provisioners;

/// <summary>An xCAT management node, reached by SSH. Each Node is a node of its tables.</summary>
public sealed class XCatSpec : SshHostSpec
{
    /// <summary>Directory on the management node for the records of work.</summary>
    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.AbsolutePath)]
    public string WorkDirectory { get; set; } = "/var/lib/provisioning";
}
