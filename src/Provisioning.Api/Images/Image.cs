using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Images;

/// <summary>One immutable revision of a disk image in the image library. A new revision is a new Image.</summary>
[KubernetesEntity("Image", "images", "pimg")]
[PrinterColumn("Ready", "string", ".status.conditions[?(@.type=='Ready')].status", Description = "Whether the image is whole and can be loaded.")]
[PrinterColumn("Reason", "string", ".status.conditions[?(@.type=='Ready')].reason", Description = "Why, in one word; the message says more.")]
[PrinterColumn("Revision", "string", ".spec.revision")]
[PrinterColumn("OS", "string", ".spec.operatingSystem")]
[PrinterColumn("Format", "string", ".spec.format")]
[PrinterColumn("Size", "string", ".status.size", Description = "Size of the image file.")]
[PrinterColumn("Digest", "string", ".spec.digest", Priority = 1)]
[PrinterColumn("Message", "string", ".status.conditions[?(@.type=='Ready')].message", Priority = 1)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class Image : CustomKubernetesEntity<ImageSpec, ImageStatus>
{
    /// <inheritdoc/>
    public override string Kind { get; set; } = "Image";
}

/// <summary>Identity of an image. It cannot be changed: create another Image instead.</summary>
[Cel("self.digest == oldSelf.digest && self.revision == oldSelf.revision && self.format == oldSelf.format && self.fileName == oldSelf.fileName", "must not change digest, revision, format or fileName of an Image: create a new Image")]
public sealed class ImageSpec
{
    /// <summary>Revision of the image, for example "1" or "2026-11-23".</summary>
    [Required, StringLength(64, MinimumLength = 1), RegularExpression(Patterns.Revision)]
    public string Revision { get; set; } = "";

    /// <summary>SHA-256 of the image file, "sha256:" and 64 hexadecimal digits. The file is never used unless it matches.</summary>
    [Required, StringLength(71), RegularExpression(Patterns.Digest)]
    public string Digest { get; set; } = "";

    /// <summary>Format of the image file. It is never guessed from the file's content.</summary>
    [Required]
    public ImageFormat Format { get; set; }

    /// <summary>Plain file name in the image directory of the provisioners.</summary>
    [Required, StringLength(255, MinimumLength = 1), RegularExpression(Patterns.FileName)]
    public string FileName { get; set; } = "";

    /// <summary>Family of the operating system in the image.</summary>
    public OperatingSystemType OperatingSystem { get; set; } = OperatingSystemType.Linux;

    /// <summary>SSH host keys inside the image, "ssh-ed25519 AAAA...": what a machine shows at its first boot, until it is given keys of its own. Captured images list theirs.</summary>
    [Items(8, MaximumItemLength = 1024, ItemPattern = Patterns.HostKey)]
    public IList<string> SshHostKeys { get; set; } = [];

    /// <summary>What happens to the image's file when this Image is deleted. Retain: the file stays. Delete: the file is deleted once no machine uses it.</summary>
    public ImageDeletionPolicy DeletionPolicy { get; set; } = ImageDeletionPolicy.Retain;

    /// <summary>What it is, for people.</summary>
    [StringLength(1024)]
    public string? Description { get; set; }
}

/// <summary>Formats of image files.</summary>
public enum ImageFormat
{
    /// <summary>QEMU copy-on-write, version 2 or 3, without a backing file.</summary>
    Qcow2,

    /// <summary>The bytes of the disk.</summary>
    Raw,

    /// <summary>An osimage of xCAT; fileName is its name.</summary>
    OsImage,

    /// <summary>Partition images of xCAT's netboot style; fileName is their common name in the repository.</summary>
    Partitions,

    /// <summary>The configuration of a service or device.</summary>
    Configuration,
}

/// <summary>What happens to an image's file when its Image is deleted.</summary>
public enum ImageDeletionPolicy
{
    /// <summary>The file stays.</summary>
    Retain,

    /// <summary>The file is deleted once no machine uses it.</summary>
    Delete,
}

/// <summary>Where the image is and whether it is whole.</summary>
public sealed record ImageStatus
{
    /// <summary>The metadata.generation that this status was computed from.</summary>
    [Range(0L, long.MaxValue)]
    public long ObservedGeneration { get; set; }

    /// <summary>Ready, Reconciling, Stalled.</summary>
    [ListMap("type"), Items(16)]
    public IList<Condition> Conditions { get; set; } = [];

    /// <summary>Size of the file in bytes.</summary>
    [Range(0L, long.MaxValue)]
    public long? SizeBytes { get; set; }

    /// <summary>Size of the file for people, for example 1.4Gi.</summary>
    [StringLength(32)]
    public string? Size { get; set; }

    /// <summary>What the spec said when the Image was first looked at. A spec that says something else later is not used: an Image cannot be changed.</summary>
    public ImageIdentity? Identity { get; set; }

    /// <summary>Provisioners that have the image; one that does not answer is named as long as it had it before.</summary>
    [ListMap("provisioner"), Items(256)]
    public IList<ImageLocation> Locations { get; set; } = [];

    /// <summary>When the first command to delete the file was about to be given: from then on one may be on its way to a host.</summary>
    public DateTimeOffset? DeletionBegunTime { get; set; }

    /// <summary>Looks that did not find the image, or attempts to delete its file, that failed in a row, and when the next one is due; absent while it is there.</summary>
    public AttemptStatus? Retry { get; set; }

    /// <summary>Copies that are being fetched, for Nodes whose Provisioner does not have the image yet.</summary>
    [ListMap("provisioner"), Items(256)]
    public IList<ImageFetch> Fetches { get; set; } = [];
}

/// <summary>The part of an Image's spec that can never change.</summary>
public sealed record ImageIdentity
{
    /// <summary>Revision of the image.</summary>
    [Required, StringLength(64, MinimumLength = 1)]
    public string Revision { get; set; } = "";

    /// <summary>SHA-256 of the image file.</summary>
    [Required, StringLength(71, MinimumLength = 1)]
    public string Digest { get; set; } = "";

    /// <summary>Format of the image file.</summary>
    [Required]
    public ImageFormat Format { get; set; }

    /// <summary>Plain file name in the image directory of the provisioners.</summary>
    [Required, StringLength(255, MinimumLength = 1)]
    public string FileName { get; set; } = "";
}

/// <summary>A copy of an image.</summary>
public sealed record ImageLocation
{
    /// <summary>Name of the Provisioner.</summary>
    [Required, StringLength(253, MinimumLength = 1)]
    public string Provisioner { get; set; } = "";

    /// <summary>Path or other place that the engine knows it by.</summary>
    [StringLength(1024)]
    public string Path { get; set; } = "";

    /// <summary>Size in bytes.</summary>
    [Range(0L, long.MaxValue)]
    public long SizeBytes { get; set; }

    /// <summary>How it came there. Placed: by a person or a capture; never deleted while the Image exists. Fetched: copied from another Provisioner; deleted when it is not used for a while and another copy exists.</summary>
    public ImageOrigin Origin { get; set; }

    /// <summary>For a fetched copy: since when no Node uses it.</summary>
    public DateTimeOffset? UnusedSinceTime { get; set; }
}

/// <summary>How a copy of an image came to its place.</summary>
public enum ImageOrigin
{
    /// <summary>By a person or a capture.</summary>
    Placed,

    /// <summary>Copied from another Provisioner.</summary>
    Fetched,
}

/// <summary>A copy that is being fetched.</summary>
public sealed record ImageFetch
{
    /// <summary>Name of the Provisioner that gets it.</summary>
    [Required, StringLength(253, MinimumLength = 1)]
    public string Provisioner { get; set; } = "";

    /// <summary>Name of the Provisioner that it is fetched from.</summary>
    [StringLength(253)]
    public string Source { get; set; } = "";

    /// <summary>Progress in percent.</summary>
    [Range(0, 100)]
    public int? ProgressPercent { get; set; }

    /// <summary>Attempts that have failed since bytes last arrived.</summary>
    [Range(0, int.MaxValue)]
    public int? Attempt { get; set; }

    /// <summary>When it is tried again.</summary>
    public DateTimeOffset? NextTime { get; set; }

    /// <summary>ImageFetching while bytes arrive, otherwise why they do not; it is tried again.</summary>
    [StringLength(64)]
    public string Reason { get; set; } = "";

    /// <summary>What happens, for people.</summary>
    [StringLength(1024)]
    public string Message { get; set; } = "";
}
