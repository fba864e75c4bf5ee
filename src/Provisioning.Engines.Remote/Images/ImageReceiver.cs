using System.Globalization;
using Provisioning.Api;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;

namespace Provisioning.Engines.Remote.Images;

/// <summary>
/// Receives the bytes of an image into a file beside the images that is named by the digest. What has arrived is always a beginning of the image, whoever sent it and
/// whatever died: bytes are appended under a lock, and only at the place where they belong. So a copy is resumed at the file's size, and two senders do no harm.
/// </summary>
/// <param name="host">The host that receives.</param>
/// <param name="directory">Its image directory.</param>
/// <param name="clock">Clock.</param>
public sealed class ImageReceiver(RemoteHost host, string directory, TimeProvider clock)
{
    private const string Fetch = nameof(Fetch);
    private const int ChunkBytes = 4 * 1024 * 1024;

    // Machines on the host may need some space while a copy arrives.
    private const long ReserveBytes = 64L * 1024 * 1024;

    /// <summary>How long one call moves bytes.</summary>
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(5);

    /// <summary>Arguments: directory, part file. Prints "have SIZE FREE-KiB INODE TIME"; the time in nanoseconds, since what did not do is touched within the second. Parts that nobody has added to for a week are removed.</summary>
    private const string Look =
        """
        LC_ALL=C; export LC_ALL
        (umask 022; mkdir -p "$1") || exit 1
        find "$1" -maxdepth 1 -name '.fetch-*' -mtime +7 -delete
        [ ! -L "$2" ] || exit 2
        printf 'have %s %s %s\n' "$(stat -c %s "$2" 2>/dev/null || echo 0)" "$(df -Pk "$1" | tail -n 1 | tr -s ' ' | cut -d' ' -f4)" "$(stat -c '%i %.9Y' "$2" 2>/dev/null | tr -d '.' | grep . || echo 0 0)"
        """;

    /// <summary>Arguments: part file, offset. The bytes come by standard input. Prints "have SIZE".</summary>
    private const string Append =
        """
        LC_ALL=C; export LC_ALL
        umask 077
        [ ! -L "$1" ] || exit 2
        exec 8>>"$1.lock" && flock -w 30 8 || exit 3
        have=$(stat -c %s "$1" 2>/dev/null || echo 0)
        # What is not taken is read nevertheless: the sender would hang on it.
        if [ "$have" != "$2" ]; then cat >/dev/null
        else cat >>"$1" || { cat >/dev/null; exit 4; }; fi
        printf 'have %s\n' "$(stat -c %s "$1")"
        """;

    /// <summary>Where the bytes of an image arrive.</summary>
    public static string PartPath(string directory, ImageTarget image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return $"{directory}/.fetch-{image.Digest["sha256:".Length..]}";
    }

    /// <summary>
    /// Moves bytes for some seconds. When all have arrived: no outcome, and a word that tells this arrived file from another one. Otherwise how far it is or why it
    /// cannot go on.
    /// </summary>
    /// <exception cref="SshFailureException">The receiving host gave no answer. Call again.</exception>
    /// <exception cref="IOException">The source gave none. Call again.</exception>
    public async Task<(OperationOutcome? Outcome, string Arrived)> ReceiveAsync(ImageTarget image, IImageSource source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        var part = PartPath(directory, image);
        var look = await host.ReadAsync(Look, [directory, part], cancellationToken);
        if (ReceivedPart.Parse(look) is not { SizeBytes: var have, FreeBytes: var free, Arrived: var arrived })
            return (JobOutcomes.Failed(look.Error, $"{directory} on {host.Endpoint.Address} cannot be used for receiving an image"), "");
        if (have > source.SizeBytes)
            return (OperationOutcome.Failed(Reasons.UnexpectedAnswer, $"{part} on {host.Endpoint.Address} has more bytes than the image at {source.Name}. Remove it.", FailureKind.NeedsPerson), "");
        if (have == source.SizeBytes)
            return (null, arrived);
        return (source.SizeBytes - have > free - ReserveBytes
            ? DiskSpace.Full($"The copy of {image.Name} ({source.SizeBytes - have >> 20} MiB more, and {ReserveBytes >> 20} that are kept free)", source.SizeBytes - have + ReserveBytes, free, directory, host.Endpoint.Address)
            : await MoveAsync(image, source, part, have, cancellationToken), "");
    }

    private async Task<OperationOutcome> MoveAsync(ImageTarget image, IImageSource source, string part, long have, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        while (have < source.SizeBytes)
        {
            var bytes = await source.ReadAsync(have, (int)Math.Min(ChunkBytes, source.SizeBytes - have), cancellationToken);
            if (bytes.IsEmpty)
                return OperationOutcome.Failed(Reasons.UnexpectedAnswer, $"The image at {source.Name} ended before its {source.SizeBytes} bytes. It is looked at anew.");
            var options = new SshExecuteOptions { Input = bytes, Timeout = TimeSpan.FromMinutes(2) };
            var answer = await host.ReadAsync(Append, [part, have.ToString(CultureInfo.InvariantCulture)], options, cancellationToken);
            if (ReceivedPart.ParseSize(answer) is not { } now)
                return JobOutcomes.Failed(answer.Error, $"Writing {part} on {host.Endpoint.Address} failed");
            have = now;
            if (clock.GetElapsedTime(began) > CallTime)
                break;
        }

        return OperationOutcome.Running(Fetch, $"fetching {image.Name} from {source.Name}") with
        {
            ProgressPercent = (int)(Math.Min(have, source.SizeBytes) * 100.0 / source.SizeBytes),
            MadeProgress = true,
        };
    }
}
