using System.Globalization;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;

namespace Provisioning.Engines.Remote.Images;

/// <summary>An image's file on a host, read in parts.</summary>
/// <param name="host">The host.</param>
/// <param name="path">Absolute path of the file.</param>
/// <param name="sizeBytes">Its size in bytes.</param>
/// <param name="name">Where it is, for people.</param>
public sealed class RemoteImageFile(RemoteHost host, string path, long sizeBytes, string name) : IImageSource
{
    private const string Read =
        """
        [ -f "$1" ] && [ ! -L "$1" ] || { echo 'there is no such file' >&2; exit 20; }
        dd if="$1" bs=1M iflag=skip_bytes,count_bytes skip="$2" count="$3" status=none
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public long SizeBytes => sizeBytes;

    /// <inheritdoc/>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken)
    {
        try
        {
            var options = new SshExecuteOptions { Binary = true, MaximumOutputBytes = count, Timeout = Patience };
            var result = await host.ReadAsync(Read, [path, offset.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture)], options, cancellationToken);
            return result is { IsSuccess: true, OutputTruncated: false }
                ? result.Bytes
                : throw new IOException($"{path} on {host.Endpoint.Address} cannot be read: {JobOutcomes.LastLines(result.Error)}");
        }
        catch (SshFailureException failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }
}
