using System.Globalization;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.XCat.Images;

/// <summary>The images on the management node: osimages of xCAT, and files of partitions.</summary>
internal sealed class ImageLibrary(ManagementNode host, TimeProvider clock)
{
    private string Verified => $"{host.Spec.WorkDirectory}/images";

    /// <summary>The arguments by which every script of images knows one.</summary>
    public string[] Inventory(ImageFormat format, string name) =>
        [host.Spec.XCatRoot, format == ImageFormat.OsImage ? "osimage" : "partitions", name, host.Spec.ImageDirectory];

    /// <summary>Whether the image is there, whole as far as was asked, and its size.</summary>
    public async Task<ImageAnswer> GetAsync(ImageTarget image, bool verify, CancellationToken cancellationToken)
    {
        if (Unsuitable(image) is { } unsuitable)
            return ImageAnswer.No(Reasons.ImageInvalid, unsuitable);
        var result = await host.ReadAsync(ImageScripts.Look, [.. Inventory(image.Format, image.FileName), Verified, Hex(image.Digest)], cancellationToken);
        if (Failure(result.ExitCode, result.Output, image) is { } failure)
            return ImageAnswer.No(failure.Reason!, failure.Message);
        var words = result.Output.TrimEnd('\n').Split('\n')[^1].Split(' ');
        if (!result.IsSuccess || words is not ["image", var size, "ok" or "bad" or "no", { Length: 64 } state] || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
            return ImageAnswer.Unknown(Reasons.UnexpectedAnswer, $"The management node answered something unexpected about the image {image.FileName}: {Excerpts.Of(result.Error + " " + result.Output)}");
        var there = ImageAnswer.Yes(bytes, image.FileName);
        if (words[2] == "bad")
            return ImageAnswer.No(Reasons.ImageDigestMismatch, DigestDiffers(image, ""));
        return words[2] == "ok" || !verify ? there : await VerifyAsync(image, there, state, cancellationToken);
    }

    /// <summary>Compares the image with its digest before a load; null when it is right.</summary>
    public async Task<OperationOutcome?> VerifyForAsync(OperationContext operation, ManagedNode machine, string step, ImageTarget image, CancellationToken cancellationToken)
    {
        if (Unsuitable(image) is { } unsuitable)
            return OperationOutcome.Failed(Reasons.ImageInvalid, unsuitable, FailureKind.NeedsPerson);
        var report = await host.RunAsync(machine.Scope(operation), VerifyJob(step, image), cancellationToken);
        return (report.State == JobState.Exited ? Failure(report.ExitCode, report.Log, image) : null) ?? JobOutcomes.Pending(report, step, "Comparing the image with its digest", operation);
    }

    public static string Hex(string digest) => digest["sha256:".Length..];

    private static string? Unsuitable(ImageTarget image) => image.Format is ImageFormat.OsImage or ImageFormat.Partitions
        ? null
        : $"The Image {image.Name} has the format {image.Format}, and xCAT puts osimages (OsImage) and partitions (Partitions) on machines.";

    private async Task<ImageAnswer> VerifyAsync(ImageTarget image, ImageAnswer there, string state, CancellationToken cancellationToken)
    {
        // Work on the library belongs to no operation; the day lets what failed be tried again, and the job's name tells the state of the files.
        var day = clock.GetUtcNow().ToUnixTimeSeconds() / 86400;
        var work = $"{Verified}/work/{image.Format}-{image.FileName}";
        var report = await host.RunAsync(new JobScope(work, $"{work}/fence", "library", day, $"day-{day}"), VerifyJob($"Verify-{state[..16]}", image), cancellationToken);
        if (report.Succeeded)
            return there;
        if (report.State == JobState.Exited && Failure(report.ExitCode, report.Log, image) is { } failure)
            return ImageAnswer.No(failure.Reason!, failure.Message);
        return report.State == JobState.Running
            ? ImageAnswer.Unknown(Reasons.OperationRunning, $"Comparing the digest of {image.FileName}.")
            : ImageAnswer.Unknown(Reasons.CommandFailed, $"The digest of {image.FileName} could not be computed: {report.Detail} {JobOutcomes.LastLines(report.Log)}");
    }

    private DetachedJob VerifyJob(string name, ImageTarget image) =>
        new(name, ImageScripts.Verify, [.. Inventory(image.Format, image.FileName), Verified, Hex(image.Digest)]) { RunAgainWhenLost = true };

    private OperationOutcome? Failure(int exitCode, string log, ImageTarget image) => exitCode switch
    {
        ImageScripts.Missing => OperationOutcome.Failed(Reasons.ImageFileMissing, image.Format == ImageFormat.OsImage
            ? $"xCAT on {host.Endpoint.Address} has no osimage {image.FileName}. 'lsdef -t osimage' there lists those it has."
            : $"{host.Spec.ImageDirectory} on {host.Endpoint.Address} has no partition images of the name {image.FileName}."),
        ImageScripts.Incomplete => OperationOutcome.Failed(Reasons.ImageInvalid, $"The image {image.FileName} is not complete: {JobOutcomes.LastLines(log)}.", FailureKind.NeedsPerson),
        ImageScripts.DigestDiffers => OperationOutcome.Failed(Reasons.ImageDigestMismatch, DigestDiffers(image, JobOutcomes.LastLines(log)), FailureKind.NeedsPerson),
        ImageScripts.Changed => OperationOutcome.Failed(Reasons.ImageDigestMismatch, $"The image {image.FileName} was changed while it was read."),
        _ => null,
    };

    private static string DigestDiffers(ImageTarget image, string actual) =>
        $"The image {image.FileName} does not have the digest of the Image {image.Name}: its definition or one of its files was changed" +
        $"{(actual.Length > 0 ? $"; it has {actual} now" : "")}. Put back what it was, or create an Image for what it is now.";
}
