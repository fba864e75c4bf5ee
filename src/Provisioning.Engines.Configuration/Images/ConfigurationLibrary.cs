using System.Globalization;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Engines.Configuration.Services;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Images;

/// <summary>The image directory of a host. Configurations are small, so that their digest is computed with every look.</summary>
internal sealed class ConfigurationLibrary(ServiceHost host)
{
    private const int OtherFile = 21;
    private const int InUse = 28;

    private const string Look =
        """
        LC_ALL=C; export LC_ALL
        path=$1/$2
        if [ -f "$path" ] && [ ! -L "$path" ]; then
          size=$(stat -c %s -- "$path") || exit 1
          [ "$size" -le 16777216 ] || { echo "large $size"; exit; }
          digest=$(sha256sum <"$path") && printf 'file %s %s\n' "$size" "${digest%% *}"
        elif [ ! -e "$path" ] && { [ ! -e "$1" ] || { [ -d "$1" ] && [ -x "$1" ]; }; }; then echo missing
        fi
        """;

    /// <summary>
    /// Arguments: directory, file, digest in hex, work directory. Contents are copies, but without the image a content that is changed could not be put back. Between its look and its end
    /// nobody writes an image: they appear by link and are never changed.
    /// </summary>
    private const string Delete =
        """
        path=$1/$2
        [ -e "$path" ] || exit 0
        [ -f "$path" ] && [ ! -L "$path" ] && digest=$(sha256sum <"$path") && [ "${digest%% *}" = "$3" ] || exit 21
        for record in "$4"/*/*/applied "$4"/*/*/unfinished; do
          [ -s "$record" ] || continue
          case $(head -c 200 "$record") in *"$3"*) record=${record#"$4/"}; echo "${record%/*}"; exit 28 ;; esac
        done
        rm -f -- "$path"
        """;

    public static string Hex(string digest) => digest["sha256:".Length..];

    public string PathOf(string fileName) => $"{host.Spec.ImageDirectory}/{fileName}";

    public async Task<ImageAnswer> GetAsync(ImageTarget image, CancellationToken cancellationToken)
    {
        var path = PathOf(image.FileName);
        var result = await host.ReadAsync(Look, [host.Spec.ImageDirectory, image.FileName], cancellationToken);
        switch (result.IsSuccess && !result.OutputTruncated ? result.Output.TrimEnd('\n').Split(' ') : [])
        {
            case ["missing"]:
                return ImageAnswer.No(Reasons.ImageFileMissing, $"{path} does not exist on {host.Endpoint.Address}. Put the image's file there.");
            case ["large", _]:
                return ImageAnswer.No(Reasons.ImageInvalid, $"{path} has more than 16 MiB, so it is no configuration. Put the right file there.");
            case ["file", var size, var digest] when long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes):
                if (digest != Hex(image.Digest))
                    return ImageAnswer.No(Reasons.ImageDigestMismatch, $"{path} does not have the digest of the Image: it was changed, or is another file. Put the right file there, or create an Image for this one.");
                return image.Format == ImageFormat.Configuration
                    ? ImageAnswer.Yes(bytes, path)
                    : ImageAnswer.No(Reasons.ImageInvalid, $"The format of the Image {image.Name} is {image.Format}, and Provisioners of type Configuration use no other than Configuration.");
            default:
                return ImageAnswer.Unknown(Reasons.UnexpectedAnswer, $"{path} on {host.Endpoint.Address} cannot be read. Look at its permissions. {JobOutcomes.LastLines(result.Error)}");
        }
    }

    /// <summary>Deletes the file, if it is the image and was not the last that was applied to a content.</summary>
    public async Task<OperationOutcome> DeleteAsync(ImageTarget image, CancellationToken cancellationToken)
    {
        var result = await host.ReadAsync(Delete, [host.Spec.ImageDirectory, image.FileName, Hex(image.Digest), host.Spec.WorkDirectory], cancellationToken);
        return result.ExitCode switch
        {
            0 => OperationOutcome.Succeeded("The image's file is deleted."),
            OtherFile => OperationOutcome.Failed(Reasons.ImageDigestMismatch, $"{PathOf(image.FileName)} is not the file of this Image, so it is left alone. Delete it by hand if it may go.", FailureKind.NeedsPerson),
            InUse => OperationOutcome.Failed(Reasons.ImageInUse, $"{image.FileName} is the content of {JobOutcomes.LastLines(result.Output)}. It is deleted when that has another content."),
            _ => JobOutcomes.Failed(result.Error, $"Deleting {PathOf(image.FileName)} failed with exit code {result.ExitCode}"),
        };
    }
}
