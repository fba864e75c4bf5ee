using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Remote.Images;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.XCat.Images;

/// <summary>The images on the management node: osimages of xCAT, and files of partitions.</summary>
internal sealed class ImageLibrary(ManagementNode host, TimeProvider clock)
{
    // The tables of a large site, and the files of a large image.
    private static readonly SshExecuteOptions LongRead = new() { MaximumOutputBytes = 64 * 1024, Timeout = TimeSpan.FromMinutes(5) };

    private string Known => $"{host.Spec.WorkDirectory}/images";

    /// <summary>The arguments by which every script of images knows one.</summary>
    public string[] Inventory(ImageFormat format, string name) =>
        [host.Spec.XCatRoot, format == ImageFormat.OsImage ? "osimage" : "partitions", name, host.Spec.ImageDirectory, Known];

    /// <summary>Whether the image is there, whole as far as was asked, and its size.</summary>
    public async Task<ImageAnswer> GetAsync(ImageTarget image, bool verify, CancellationToken cancellationToken)
    {
        if (Unsuitable(image) is { } unsuitable)
            return ImageAnswer.No(Reasons.ImageInvalid, unsuitable);
        var result = await host.ReadAsync(ImageScripts.Look, [.. Inventory(image.Format, image.FileName), Hex(image.Digest)], cancellationToken);
        if (Failure(result.ExitCode, result.Output, image) is { } failure)
            return ImageAnswer.No(failure.Reason!, failure.Message);
        if (ImageLook.Parse(result) is not { } look)
            return ImageAnswer.Unknown(Reasons.UnexpectedAnswer, $"The management node answered something unexpected about the image {image.FileName}: {Excerpts.Of(result.Error + " " + result.Output)}");
        if (look.Verified == false)
            return ImageAnswer.No(Reasons.ImageDigestMismatch, ImageFailures.DigestDiffers(image, ""));
        return look.Verified == true || !verify
            ? ImageAnswer.Yes(look.SizeBytes, image.FileName) with { IsFetched = look.IsFetched, CopyBytes = look.CopyBytes }
            : await VerifyAsync(image, look.State, cancellationToken);
    }

    /// <summary>Compares the image with its digest before a load; null when it is right.</summary>
    public async Task<OperationOutcome?> VerifyForAsync(OperationContext operation, ManagedNode machine, string step, ImageTarget image, CancellationToken cancellationToken)
    {
        if (Unsuitable(image) is { } unsuitable)
            return OperationOutcome.Failed(Reasons.ImageInvalid, unsuitable, FailureKind.NeedsPerson);
        var report = await host.RunAsync(machine.Scope(operation), VerifyJob(step, image), cancellationToken);
        return (report.State == JobState.Exited ? Failure(report.ExitCode, report.Log, image) : null) ?? JobOutcomes.Pending(report, step, "Comparing the image with its digest", operation);
    }

    /// <summary>Ends what a deletion or a copy that died left of the name that a capture is to take; null when nothing of it is in the way.</summary>
    public async Task<OperationOutcome?> ClearNameAsync(OperationContext operation, ManagedNode machine, string step, ImageFormat format, string name, CancellationToken cancellationToken)
    {
        var report = await host.RunFencedAsync(machine, operation, LibraryScripts.ClearName, Inventory(format, name)[1..], cancellationToken);
        return report is { State: JobState.Exited, ExitCode: ImageScripts.InUse }
            ? OperationOutcome.Running(step, $"waiting for the end of a copy, a deletion or a check of an image of the name {name}", TimeSpan.FromSeconds(5))
            : JobOutcomes.Pending(report, step, $"Ending what was left of an image of the name {name}", operation);
    }

    /// <summary>Opens the image for copying it elsewhere; null if it is a tree of files, which is more than their contents.</summary>
    public IImageSource? Open(ImageTarget image, ImageAnswer answer, string name) =>
        answer.CopyBytes is >= 0 and var bytes ? new ImageStream(host, Known, image, bytes, name) : null;

    /// <summary>Deletes the image, if it is the one of the digest and nothing uses it.</summary>
    public async Task<OperationOutcome> DeleteAsync(ImageTarget image, CancellationToken cancellationToken)
    {
        var answer = await GetAsync(image, verify: true, cancellationToken);
        if (answer.Exists is { IsNo: true, Reason: not Reasons.ImageFileMissing })
            return OperationOutcome.Failed(answer.Exists.Reason!, $"{image.FileName} is not the image of this Image, so it is left alone: {answer.Exists.Detail}", FailureKind.NeedsPerson);
        if (answer.Exists.IsUnknown)
            return OperationOutcome.Running("VerifyImage", answer.Exists.Detail ?? "comparing the image's digest", TimeSpan.FromSeconds(5));

        // Also where it is missing: what a deletion that died left, or a copy that never arrived, goes now.
        var result = await host.ReadAsync(
            LibraryScripts.Delete, [.. Inventory(image.Format, image.FileName), Hex(image.Digest), $"{host.Spec.WorkDirectory}/nodes"], LongRead, cancellationToken);
        return result.ExitCode switch
        {
            0 or ImageScripts.Missing => OperationOutcome.Succeeded("The image is deleted."),
            ImageScripts.InUse => OperationOutcome.Failed(Reasons.ImageInUse, $"{image.FileName} is in use by {JobOutcomes.LastLines(result.Output)}. It is deleted when nothing uses it any more."),
            ImageScripts.Changed => OperationOutcome.Running("VerifyImage", $"{image.FileName} was changed; comparing it with its digest", TimeSpan.FromSeconds(5)),
            _ => JobOutcomes.Failed(result.Error + result.Output, $"Deleting {image.FileName} failed with exit code {result.ExitCode}"),
        };
    }

    /// <summary>Copies the image into this library: moves bytes, then checks all of them before the image appears.</summary>
    public async Task<OperationOutcome> RetrieveAsync(ImageTarget image, IImageSource source, CancellationToken cancellationToken)
    {
        if (Unsuitable(image) is { } unsuitable)
            return OperationOutcome.Failed(Reasons.ImageInvalid, unsuitable, FailureKind.NeedsPerson);
        var there = await GetAsync(image, verify: false, cancellationToken);
        if (there.Exists.IsYes)
            return OperationOutcome.Succeeded($"{there.Path} is there.");
        if (there.Exists is { IsNo: true, Reason: not Reasons.ImageFileMissing })
            return OperationOutcome.Failed(there.Exists.Reason!, there.Exists.Detail ?? $"{image.FileName} is there and is not the image.", FailureKind.NeedsPerson);
        if (there.Exists.IsUnknown)
            return OperationOutcome.Failed(there.Exists.Reason!, there.Exists.Detail ?? $"Whether {image.FileName} is there is not known.");
        var (moving, arrived) = await new ImageReceiver(host, host.Spec.ImageDirectory, clock).ReceiveAsync(image, source, cancellationToken);
        if (moving is not null)
            return moving;

        // The job's name tells which bytes arrived: what was refused and fetched again is compared again.
        var job = new DetachedJob($"Receive-{arrived}", LibraryScripts.Receive, [.. Inventory(image.Format, image.FileName), Hex(image.Digest), ImageReceiver.PartPath(host.Spec.ImageDirectory, image)])
        {
            RunAgainWhenLost = true,
        };
        var report = await host.RunAsync(LibraryScope($"{image.Format}-{image.FileName}.fetch"), job, cancellationToken);
        return (report.State == JobState.Exited ? ReceiveFailure(report, image, source) : null)
            ?? JobOutcomes.Pending(report, "Receive", "Comparing what arrived with the digest and placing it", before: null)
            ?? OperationOutcome.Succeeded($"{image.FileName} was fetched from {source.Name}.");
    }

    private OperationOutcome? ReceiveFailure(JobReport report, ImageTarget image, IImageSource source)
    {
        var said = JobOutcomes.LastLines(report.Log);
        return report.ExitCode switch
        {
            ImageScripts.Missing or ImageScripts.DigestDiffers => OperationOutcome.Failed(Reasons.ImageDigestMismatch,
                $"What {host.Endpoint.Address} received of {image.Name} from {source.Name} is not the image ({said}), and was removed. It is fetched again."),
            ImageScripts.NoSpace => DiskSpace.FromLog(report.Log, $"Placing the copy of {image.Name}", host.Endpoint.Address),
            ImageScripts.Incomplete => OperationOutcome.Failed(Reasons.ImageInvalid, $"{image.Name} from {source.Name} cannot be placed on {host.Endpoint.Address}: {said}", FailureKind.NeedsPerson),
            ImageScripts.NameTaken => OperationOutcome.Failed(Reasons.ImageNameTaken,
                $"{image.Name} from {source.Name} is not placed on {host.Endpoint.Address}: {said}. Remove it there, or give the Image another fileName.", FailureKind.NeedsPerson),
            NodeScripts.Refused => OperationOutcome.Failed(Reasons.CommandFailed, $"xCAT on {host.Endpoint.Address} does not take {image.Name} from {source.Name}, and nothing of it is left: {said}"),
            _ => null,
        };
    }

    public static string Hex(string digest) => digest["sha256:".Length..];

    private static string? Unsuitable(ImageTarget image) => image.Format is ImageFormat.OsImage or ImageFormat.Partitions
        ? null
        : $"The Image {image.Name} has the format {image.Format}, and xCAT puts osimages (OsImage) and partitions (Partitions) on machines.";

    private async Task<ImageAnswer> VerifyAsync(ImageTarget image, string state, CancellationToken cancellationToken)
    {
        // The job's name tells the state of the files.
        var report = await host.RunAsync(LibraryScope($"{image.Format}-{image.FileName}"), VerifyJob($"Verify-{state[..16]}", image), cancellationToken);
        if (report.Succeeded)
            return await GetAsync(image, verify: false, cancellationToken);
        if (report.State == JobState.Exited && Failure(report.ExitCode, report.Log, image) is { } failure)
            return ImageAnswer.No(failure.Reason!, failure.Message);
        return report.State == JobState.Running
            ? ImageAnswer.Unknown(Reasons.OperationRunning, $"Comparing the digest of {image.FileName}.")
            : ImageAnswer.Unknown(Reasons.CommandFailed, $"The digest of {image.FileName} could not be computed: {report.Detail} {JobOutcomes.LastLines(report.Log)}");
    }

    /// <summary>Work on the library belongs to no operation; the day lets what failed be tried again.</summary>
    private JobScope LibraryScope(string name)
    {
        var day = clock.GetUtcNow().ToUnixTimeSeconds() / 86400;
        var work = $"{Known}/work/{name}";
        return new(work, $"{work}/fence", "library", day, $"day-{day}");
    }

    private DetachedJob VerifyJob(string name, ImageTarget image) =>
        new(name, ImageScripts.Verify, [.. Inventory(image.Format, image.FileName), Hex(image.Digest)]) { RunAgainWhenLost = true };

    private OperationOutcome? Failure(int exitCode, string log, ImageTarget image) => ImageFailures.Of(exitCode, log, image, host.Endpoint.Address, host.Spec.ImageDirectory);
}
