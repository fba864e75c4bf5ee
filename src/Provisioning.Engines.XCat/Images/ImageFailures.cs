using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.XCat.Images;

/// <summary>What the exit code of a script that looks at an image, or compares it, means. Pure.</summary>
internal static class ImageFailures
{
    private const string Note = "note ";

    /// <summary>Null for a code that says nothing of the image.</summary>
    public static OperationOutcome? Of(int exitCode, string log, ImageTarget image, string host, string directory) => exitCode switch
    {
        ImageScripts.Missing when log.StartsWith(Note, StringComparison.Ordinal) => OperationOutcome.Failed(Reasons.ImageFileMissing,
            $"The image {image.FileName} on {host} is being copied or deleted, or that came to no end. If you put it there yourself since, delete {JobOutcomes.LastLines(log[Note.Length..])} on the management node."),
        ImageScripts.Missing => OperationOutcome.Failed(Reasons.ImageFileMissing, image.Format == ImageFormat.OsImage
            ? $"xCAT on {host} has no osimage {image.FileName}. 'lsdef -t osimage' there lists those it has."
            : $"{directory} on {host} has no partition images of the name {image.FileName}."),
        ImageScripts.Incomplete => OperationOutcome.Failed(Reasons.ImageInvalid, $"The image {image.FileName} is not complete: {JobOutcomes.LastLines(log)}.", FailureKind.NeedsPerson),
        ImageScripts.DigestDiffers => OperationOutcome.Failed(Reasons.ImageDigestMismatch, DigestDiffers(image, JobOutcomes.LastLines(log)), FailureKind.NeedsPerson),
        ImageScripts.Changed => OperationOutcome.Failed(Reasons.ImageDigestMismatch, $"The image {image.FileName} was changed while it was read."),
        _ => null,
    };

    /// <summary>Why the image is not the one of the digest.</summary>
    public static string DigestDiffers(ImageTarget image, string actual) =>
        $"The image {image.FileName} does not have the digest of the Image {image.Name}: its definition or one of its files was changed" +
        $"{(actual.Length > 0 ? $"; it has {actual} now" : "")}. Put back what it was, or create an Image for what it is now.";
}
