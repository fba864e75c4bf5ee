using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Meta;

namespace Provisioning.Api.Provisioners;

/// <summary>An xCAT management node, reached by SSH. Each Node is a node of its tables, named by spec.machineName of the Node.</summary>
public sealed class XCatSpec : SshHostSpec
{
    /// <summary>Directory on the management node for the records of work.</summary>
    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.AbsolutePath)]
    public string WorkDirectory { get; set; } = "/var/lib/provisioning";

    /// <summary>Where xCAT is installed: its commands are in bin and sbin below it.</summary>
    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.AbsolutePath)]
    public string XCatRoot { get; set; } = "/opt/xcat";

    /// <summary>Directory on the management node with the files of images of the format Partitions.</summary>
    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.AbsolutePath)]
    public string ImageDirectory { get; set; } = "/install/image/x86_64";

    /// <summary>What a capture makes.</summary>
    public XCatCaptureStyle CaptureStyle { get; set; } = XCatCaptureStyle.Diskless;

    /// <summary>Machines that are installed or captured over the network at the same time. More wait for their turn, those of other clusters counted.</summary>
    [Range(1, 1000)]
    public int ConcurrentDeployments { get; set; } = 10;

    /// <summary>Tells this installation's Nodes from those of another one on the same management node. Two clusters that share one must use different names.</summary>
    [StringLength(32, MinimumLength = 1), RegularExpression("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public string Installation { get; set; } = "default";
}

/// <summary>What a capture makes.</summary>
public enum XCatCaptureStyle
{
    /// <summary>An osimage that runs from memory, by "imgcapture -t diskless" from the running machine.</summary>
    Diskless,

    /// <summary>An osimage with a copy of the machine's files, by "imgcapture -t sysclone" from the running machine.</summary>
    SysClone,

    /// <summary>Images of the partitions, by the netboot image that the management node was set up with ("nodeset NODE image").</summary>
    Partitions,
}
