using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Engines.Configuration.Services;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Remote.Images;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Images;

/// <summary>The image directory of a host. Configurations are small, so that their digest is computed with every look.</summary>
internal sealed class ConfigurationLibrary(ServiceHost host, TimeProvider clock)
{
    private string Directory => host.Spec.ImageDirectory;

    public static string Hex(string digest) => digest["sha256:".Length..];

    public string PathOf(string fileName) => $"{Directory}/{fileName}";

    public async Task<ImageAnswer> GetAsync(ImageTarget image, CancellationToken cancellationToken)
    {
        var path = PathOf(image.FileName);
        var result = await host.ReadAsync(LibraryScripts.Look, [Directory, image.FileName], cancellationToken);
        if (ConfigurationFileAnswer.Parse(result) is not { } file)
            return ImageAnswer.Unknown(Reasons.UnexpectedAnswer, $"{path} on {host.Endpoint.Address} cannot be read. Look at its permissions. {JobOutcomes.LastLines(result.Error)}");
        if (file == ConfigurationFileAnswer.Missing)
            return ImageAnswer.No(Reasons.ImageFileMissing, $"{path} does not exist on {host.Endpoint.Address}. Put the image's file there.");
        if (file == ConfigurationFileAnswer.TooLarge)
            return ImageAnswer.No(Reasons.ImageInvalid, $"{path} has more than 16 MiB, so it is no configuration. Put the right file there.");
        if (file.Digest != Hex(image.Digest))
            return ImageAnswer.No(Reasons.ImageDigestMismatch, $"{path} does not have the digest of the Image: it was changed, or is another file. Put the right file there, or create an Image for this one.");
        return image.Format == ImageFormat.Configuration
            ? ImageAnswer.Yes(file.SizeBytes, path) with { IsFetched = file.IsFetched }
            : ImageAnswer.No(Reasons.ImageInvalid, $"The format of the Image {image.Name} is {image.Format}, and Provisioners of type Configuration use no other than Configuration.");
    }

    /// <summary>Deletes the file, if it is the image and was not the last that was applied to a content.</summary>
    public async Task<OperationOutcome> DeleteAsync(ImageTarget image, CancellationToken cancellationToken)
    {
        var result = await host.ReadAsync(LibraryScripts.Delete, [Directory, image.FileName, Hex(image.Digest), host.Spec.WorkDirectory], cancellationToken);
        return result.ExitCode switch
        {
            0 when result.Output == LibraryScripts.Done => OperationOutcome.Succeeded("The image's file is deleted."),
            0 => Unexpected(result.Output),
            LibraryScripts.OtherFile => OperationOutcome.Failed(Reasons.ImageDigestMismatch, $"{PathOf(image.FileName)} is not the file of this Image, so it is left alone. Delete it by hand if it may go.", FailureKind.NeedsPerson),
            LibraryScripts.InUse => OperationOutcome.Failed(Reasons.ImageInUse, $"{image.FileName} is the content of {JobOutcomes.LastLines(result.Output)}. It is deleted when that has another content."),
            _ => JobOutcomes.Failed(result.Error, $"Deleting {PathOf(image.FileName)} failed with exit code {result.ExitCode}"),
        };
    }

    /// <summary>Opens the file for copying it elsewhere.</summary>
    public RemoteImageFile Open(ImageTarget image, ImageAnswer answer, string name) => new(host, PathOf(image.FileName), answer.SizeBytes, name);

    /// <summary>Copies the image into the directory: moves bytes, then compares the whole with the digest before it appears.</summary>
    public async Task<OperationOutcome> RetrieveAsync(ImageTarget image, IImageSource source, CancellationToken cancellationToken)
    {
        var there = await GetAsync(image, cancellationToken);
        if (there.Exists.IsYes)
            return OperationOutcome.Succeeded($"{there.Path} is there.");
        if (there.Exists.IsUnknown)
            return OperationOutcome.Failed(there.Exists.Reason!, there.Exists.Detail!);
        if (there.Exists.Reason != Reasons.ImageFileMissing)
            return OperationOutcome.Failed(Reasons.ImageNameTaken, $"{PathOf(image.FileName)} on {host.Endpoint.Address} exists with other contents. Remove it, or give the Image another fileName.", FailureKind.NeedsPerson);
        if (source.SizeBytes > LibraryScripts.MostBytes)
            return OperationOutcome.Failed(Reasons.ImageInvalid, $"{image.Name} at {source.Name} has more than 16 MiB, so it is no configuration.", FailureKind.NeedsPerson);

        // Made here, since configurations hold secrets: images of machines may be read by others.
        var made = await host.ReadAsync(LibraryScripts.Make, [Directory], cancellationToken);
        if (!made.IsSuccess)
            return JobOutcomes.Failed(made.Error, $"{Directory} on {host.Endpoint.Address} cannot be made");
        var (moving, _) = await new ImageReceiver(host, Directory, clock).ReceiveAsync(image, source, cancellationToken);
        return moving ?? await ReceiveAsync(image, source, cancellationToken);
    }

    private async Task<OperationOutcome> ReceiveAsync(ImageTarget image, IImageSource source, CancellationToken cancellationToken)
    {
        var result = await host.ReadAsync(LibraryScripts.Receive, [Directory, image.FileName, Hex(image.Digest), ImageReceiver.PartPath(Directory, image)], cancellationToken);
        return result.ExitCode switch
        {
            0 when result.Output == LibraryScripts.Done => OperationOutcome.Succeeded($"{image.FileName} was fetched from {source.Name}."),
            0 => Unexpected(result.Output),
            LibraryScripts.OtherFile => OperationOutcome.Failed(Reasons.ImageDigestMismatch, $"What {host.Endpoint.Address} received of {image.Name} from {source.Name} is not the image, and was removed. It is fetched again."),
            LibraryScripts.NameTaken => OperationOutcome.Failed(Reasons.ImageNameTaken, $"{PathOf(image.FileName)} on {host.Endpoint.Address} exists with other contents. Remove it, or give the Image another fileName.", FailureKind.NeedsPerson),
            _ => JobOutcomes.Failed(result.Error, $"Receiving {PathOf(image.FileName)} failed with exit code {result.ExitCode}"),
        };
    }

    private OperationOutcome Unexpected(string output) =>
        OperationOutcome.Failed(Reasons.UnexpectedAnswer, $"{host.Endpoint.Address} answered something unexpected, so it is not known whether anything was done: {JobOutcomes.LastLines(output)}");
}
