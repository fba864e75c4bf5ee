using System.Globalization;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.XCat.Images;

/// <summary>An image on a management node as one stream: its list, then its files.</summary>
internal sealed class ImageStream(ManagementNode host, string known, ImageTarget image, long sizeBytes, string name) : IImageSource
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public string Name => name;

    public long SizeBytes => sizeBytes;

    public async Task<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken)
    {
        if (sizeBytes == 0)
            throw new IOException($"{image.FileName} on {host.Endpoint.Address} is still to be compared with its digest");
        try
        {
            var options = new SshExecuteOptions { Binary = true, MaximumOutputBytes = count, Timeout = Patience };
            string[] arguments =
            [
                host.Spec.XCatRoot, known, image.FileName, ImageLibrary.Hex(image.Digest), offset.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture),
            ];
            var result = await host.ReadAsync(LibraryScripts.Read, arguments, options, cancellationToken);
            return result is { IsSuccess: true, OutputTruncated: false }
                ? result.Bytes
                : throw new IOException($"{image.FileName} on {host.Endpoint.Address} cannot be read: {JobOutcomes.LastLines(result.Error)}");
        }
        catch (SshFailureException failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }
}
