using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Engines.Libvirt.Hosts;
using Provisioning.Engines.Libvirt.Operations;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Remote.Images;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Libvirt.Images;

/// <summary>The image directory of a VM host.</summary>
internal sealed class ImageLibrary(VmHost host, TimeProvider clock)
{
    private string Directory => host.Spec.ImageDirectory;

    public static string FormatName(ImageFormat format) => format == ImageFormat.Raw ? "raw" : "qcow2";

    public static string Hex(string digest) => digest["sha256:".Length..];

    public DetachedJob VerifyJob(string name, ImageTarget image) =>
        new(name, ImageScripts.Verify, Directory, image.FileName, Hex(image.Digest), FormatName(image.Format)) { RunAgainWhenLost = true };

    /// <summary>Whether the file is there and, if asked for, whether its contents have the digest.</summary>
    public async Task<ImageAnswer> GetAsync(ImageTarget image, bool verify, CancellationToken cancellationToken)
    {
        var result = await host.ReadAsync(HostScripts.ImageFile, [Directory, image.FileName, Hex(image.Digest)], cancellationToken);
        var path = $"{Directory}/{image.FileName}";
        if (ImageFileAnswer.Parse(result) is not { } file)
        {
            return ImageAnswer.Unknown(Reasons.UnexpectedAnswer, $"{Directory} on {host.Endpoint.Address} cannot be read. Look at its " +
                $"permissions. {JobOutcomes.LastLines(result.Error)}");
        }

        if (file == ImageFileAnswer.Missing)
            return ImageAnswer.No(Reasons.ImageFileMissing, $"{path} does not exist on {host.Endpoint.Address}. Put the image's file there.");
        var answer = file.Verified switch
        {
            true => ImageAnswer.Yes(file.SizeBytes, path),
            false => DigestDiffers(path),
            null => verify ? await VerifyAsync(image, path, file, cancellationToken) : ImageAnswer.Yes(file.SizeBytes, path),
        };
        return answer with { IsFetched = file.IsFetched };
    }

    /// <summary>Deletes the file, if it is the image and nothing uses it.</summary>
    public async Task<OperationOutcome> DeleteAsync(ImageTarget image, CancellationToken cancellationToken)
    {
        var answer = await GetAsync(image, verify: true, cancellationToken);
        if (answer.Exists is { IsNo: true, Reason: not Reasons.ImageFileMissing })
            return OperationOutcome.Failed(answer.Exists.Reason!, $"{Directory}/{image.FileName} is not the file of this Image, so it is left alone. " +
                "Delete it by hand if it may go.", FailureKind.NeedsPerson);
        if (answer.Exists.IsUnknown)
            return OperationOutcome.Running("VerifyImage", answer.Exists.Detail ?? "comparing the image's digest", TimeSpan.FromSeconds(5));

        var result = await host.ReadAsync(ImageScripts.Delete, [Directory, image.FileName, Hex(image.Digest), host.Spec.MachineDirectory, host.Spec.Uri], cancellationToken);
        return result.ExitCode switch
        {
            0 => OperationOutcome.Succeeded("The image's file is deleted."),
            ImageScripts.InUse => OperationOutcome.Failed(Reasons.ImageInUse, $"{image.FileName} is in use by " +
                $"{JobOutcomes.LastLines(result.Output)}. It is deleted when nothing uses it any more."),
            _ => JobOutcomes.Failed(result.Error, $"Deleting {image.FileName} failed with exit code {result.ExitCode}"),
        };
    }

    /// <summary>Opens the file for copying it elsewhere.</summary>
    public RemoteImageFile Open(ImageTarget image, ImageAnswer answer, string name) => new(host, $"{Directory}/{image.FileName}", answer.SizeBytes, name);

    /// <summary>Copies the image into the directory: moves bytes, then compares the whole with the digest before it appears.</summary>
    public async Task<OperationOutcome> RetrieveAsync(ImageTarget image, IImageSource source, CancellationToken cancellationToken)
    {
        var there = await GetAsync(image, verify: false, cancellationToken);
        if (there.Exists.IsYes)
            return OperationOutcome.Succeeded($"{there.Path} is there.");
        var (moving, arrived) = await new ImageReceiver(host, Directory, clock).ReceiveAsync(image, source, cancellationToken);
        if (moving is not null)
            return moving;

        // The job's name tells which file arrived: one that was refused and fetched again is compared again.
        var job = new DetachedJob($"Receive-{arrived}", ImageScripts.Receive, Directory, image.FileName, Hex(image.Digest), FormatName(image.Format), ImageReceiver.PartPath(Directory, image))
        {
            RunAgainWhenLost = true,
        };
        var report = await host.RunAsync(Scope($"{image.FileName}.fetch"), job, cancellationToken);
        return report is { State: JobState.Exited, ExitCode: ImageScripts.NameTaken }
            ? OperationOutcome.Failed(Reasons.ImageNameTaken, $"{Directory}/{image.FileName} on {host.Endpoint.Address} exists with other contents. Remove it, or give the Image another " +
                "fileName.", FailureKind.NeedsPerson)
            : ReceiveFailure(report, image, source) ?? JobOutcomes.Pending(report, "Receive", "Comparing what arrived with the digest", before: null)
                ?? OperationOutcome.Succeeded($"{image.FileName} was fetched from {source.Name}.");
    }

    /// <summary>What arrived and was not the image is gone: it is fetched once more, in case bytes were lost on the way.</summary>
    private OperationOutcome? ReceiveFailure(JobReport report, ImageTarget image, IImageSource source) => VerifyFailure(report, image) is { } failure
        ? OperationOutcome.Failed(failure.Reason!, $"What {host.Endpoint.Address} received of {image.Name} from {source.Name} is not the image ({failure.Reason}), and was removed. It is fetched again.")
        : null;

    /// <summary>What the exit code of the verify script means; null for success.</summary>
    public OperationOutcome? VerifyFailure(JobReport report, ImageTarget image)
    {
        if (report.State != JobState.Exited)
            return null;
        var path = $"{Directory}/{image.FileName}";
        return report.ExitCode switch
        {
            ImageScripts.Missing => OperationOutcome.Failed(Reasons.ImageFileMissing, $"{path} does not exist on {host.Endpoint.Address}, or is a " +
                "symbolic link. Put the image's file there."),
            ImageScripts.DigestDiffers => OperationOutcome.Failed(Reasons.ImageDigestMismatch, DigestDiffers(path).Exists.Detail!, FailureKind.NeedsPerson),
            ImageScripts.Changed => OperationOutcome.Failed(Reasons.ImageDigestMismatch, $"{path} was changed while it was read."),
            ImageScripts.Damaged => OperationOutcome.Failed(Reasons.ImageInvalid, $"{path} is damaged: {JobOutcomes.LastLines(report.Log)}. " +
                "Replace it.", FailureKind.NeedsPerson),
            ImageScripts.Unsuitable => OperationOutcome.Failed(Reasons.ImageInvalid,
                $"{path} is not a self-contained {FormatName(image.Format)} file: its format is another one, or it rests on another file. Flatten it " +
                $"with 'qemu-img convert'. {JobOutcomes.LastLines(report.Log)}", FailureKind.NeedsPerson),
            _ => null,
        };
    }

    private async Task<ImageAnswer> VerifyAsync(ImageTarget image, string path, ImageFileAnswer file, CancellationToken cancellationToken)
    {
        // The job's name tells the state of the file, so a changed file is hashed anew.
        var report = await host.RunAsync(Scope(image.FileName), VerifyJob($"Verify-{file.State}", image), VmHost.Patience, cancellationToken);
        if (report.Succeeded)
            return QemuImageInfo.Parse(report.Log) is null ? ImageAnswer.Unknown(Reasons.UnexpectedAnswer, "qemu-img answered something " +
                "unexpected.") : ImageAnswer.Yes(file.SizeBytes, path);
        if (VerifyFailure(report, image) is { } failure)
            return ImageAnswer.No(failure.Reason!, failure.Message);
        return report.State == JobState.Running
            ? ImageAnswer.Unknown(Reasons.OperationRunning, $"Comparing the digest of " +
                $"{path}{(JobOutcomes.Percent(report) is { } percent ? $", {percent} %" : "")}.")
            : ImageAnswer.Unknown(Reasons.CommandFailed, $"The digest of {path} could not be computed: {report.Detail} {JobOutcomes.LastLines(report.Log)}");
    }

    /// <summary>Work on the library belongs to no operation; the day lets what failed be tried again.</summary>
    private JobScope Scope(string name)
    {
        var day = clock.GetUtcNow().ToUnixTimeSeconds() / 86400;
        var work = $"{Directory}/.verified/work/{name}";
        return new(work, $"{work}/fence", "library", day, $"day-{day}");
    }

    private static ImageAnswer DigestDiffers(string path) => ImageAnswer.No(Reasons.ImageDigestMismatch,
        $"{path} does not have the digest of the Image: it was changed, or is another file. Put the right file there, or create an Image for this one.");
}
