using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Captures;

/// <summary>
/// A request, run to completion once, to capture the contents of a Node into a new Image. Deleting it keeps the Image; deleting it before it is
/// done stops the capture and removes what was half made.
/// </summary>
[KubernetesEntity("ImageCapture", "imagecaptures", "pcap")]
[PrinterColumn("Ready", "string", ".status.conditions[?(@.type=='Ready')].status", Description = "True when the image is captured and verified.")]
[PrinterColumn("Reason", "string", ".status.conditions[?(@.type=='Ready')].reason", Description = "Why, in one word; the message says more.")]
[PrinterColumn("Node", "string", ".spec.nodeRef.name")]
[PrinterColumn("Image", "string", ".spec.imageName")]
[PrinterColumn("Step", "string", ".status.step")]
[PrinterColumn("Progress", "integer", ".status.progressPercent")]
[PrinterColumn("Size", "string", ".status.size")]
[PrinterColumn("Message", "string", ".status.conditions[?(@.type=='Ready')].message", Priority = 1)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class ImageCapture : CustomKubernetesEntity<ImageCaptureSpec, ImageCaptureStatus>
{
    /// <inheritdoc/>
    public override string Kind { get; set; } = "ImageCapture";
}

/// <summary>What to capture, and into which image. It cannot be changed: create another ImageCapture instead.</summary>
[Cel("self == oldSelf", "must not be changed: create a new ImageCapture")]
public sealed class ImageCaptureSpec
{
    /// <summary>The Node whose contents are captured.</summary>
    [Required]
    public LocalReference NodeRef { get; set; } = new();

    /// <summary>Name of the Image that is made. It must not exist yet.</summary>
    [Required, StringLength(200, MinimumLength = 1), RegularExpression(Patterns.ObjectName)]
    public string ImageName { get; set; } = "";

    /// <summary>Revision of the Image that is made.</summary>
    [StringLength(64, MinimumLength = 1), RegularExpression(Patterns.Revision)]
    public string Revision { get; set; } = "1";

    /// <summary>
    /// What happens inside the machine first. OperatingSystem: the operating system is prepared, so that clones do not share its identity; a machine that is off is started for that.
    /// None: the disk is captured as it is.
    /// </summary>
    public CapturePreparation Preparation { get; set; } = CapturePreparation.OperatingSystem;

    /// <summary>How the machine is left. AsDeclared: as the Node's powerState says, or as it was found where power is not managed. PoweredOff: off, until the Node's powerState says otherwise.</summary>
    public CaptureEndState EndState { get; set; } = CaptureEndState.AsDeclared;

    /// <summary>
    /// What to do with a machine that does not shut down in time. Fail: it is left running and the capture fails. Force: it is switched off hard, which can leave its file
    /// systems unclean; the Image's capture then says UncleanShutdown.
    /// </summary>
    public UncleanShutdownPolicy UncleanShutdown { get; set; } = UncleanShutdownPolicy.Force;

    /// <summary>What happens to the image's file when the Image is deleted.</summary>
    public ImageDeletionPolicy ImageDeletionPolicy { get; set; } = ImageDeletionPolicy.Retain;

    /// <summary>What the image is, for people.</summary>
    [StringLength(1024)]
    public string? Description { get; set; }
}

/// <summary>What happens inside the machine before its capture.</summary>
public enum CapturePreparation
{
    /// <summary>The operating system module prepares it.</summary>
    OperatingSystem,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>How a machine is left after its capture.</summary>
public enum CaptureEndState
{
    /// <summary>As its Node declares.</summary>
    AsDeclared,

    /// <summary>Off.</summary>
    PoweredOff,
}

/// <summary>What to do with a machine that does not shut down before its capture.</summary>
public enum UncleanShutdownPolicy
{
    /// <summary>Switch it off hard and say so.</summary>
    Force,

    /// <summary>Give the capture up.</summary>
    Fail,
}

/// <summary>How far the capture is.</summary>
public sealed record ImageCaptureStatus
{
    /// <summary>The metadata.generation that this status was computed from.</summary>
    [Range(0L, long.MaxValue)]
    public long ObservedGeneration { get; set; }

    /// <summary>Ready, Reconciling, Stalled.</summary>
    [ListMap("type"), Items(16)]
    public IList<Condition> Conditions { get; set; } = [];

    /// <summary>The step that is under way.</summary>
    [StringLength(64)]
    public string? Step { get; set; }

    /// <summary>Progress in percent.</summary>
    [Range(0, 100)]
    public int? ProgressPercent { get; set; }

    /// <summary>The operation on the Node.</summary>
    [StringLength(64)]
    public string? OperationId { get; set; }

    /// <summary>When the operation began.</summary>
    public DateTimeOffset? StartedTime { get; set; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedTime { get; set; }

    /// <summary>Attempts of the Node to begin the capture that failed in a row, and when it makes the next one; absent where none is due.</summary>
    public AttemptStatus? Retry { get; set; }

    /// <summary>Size of the image for people.</summary>
    [StringLength(32)]
    public string? Size { get; set; }

    /// <summary>What was made.</summary>
    public CapturedImage? CapturedImage { get; set; }
}

/// <summary>What a capture made: complete, verified and at its final place.</summary>
public sealed record CapturedImage
{
    /// <summary>SHA-256 of the file.</summary>
    [Required, StringLength(71), RegularExpression(Patterns.Digest)]
    public string Digest { get; set; } = "";

    /// <summary>Size of the file in bytes.</summary>
    [Range(0L, long.MaxValue)]
    public long SizeBytes { get; set; }

    /// <summary>Format of the file.</summary>
    public ImageFormat Format { get; set; }

    /// <summary>Plain file name in the image directory of the provisioner.</summary>
    [Required, StringLength(255, MinimumLength = 1), RegularExpression(Patterns.FileName)]
    public string FileName { get; set; } = "";

    /// <summary>SSH host keys inside the image.</summary>
    [Items(8, MaximumItemLength = 1024)]
    public IList<string> SshHostKeys { get; set; } = [];

    /// <summary>True when the machine had to be switched off hard, so that its file systems may be unclean.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool UncleanShutdown { get; set; }
}
