using System.Globalization;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.XCat.Images;

/// <summary>Partition images as one stream of bytes, for copying them to another management node.</summary>
internal sealed class PartitionStream(ManagementNode host, string[] inventory, long filesBytes, string name) : IImageSource
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public string Name => name;

    public long SizeBytes => TransferScripts.HeadBytes + filesBytes;

    public async Task<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken)
    {
        try
        {
            string[] arguments = [.. inventory, offset.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture)];
            var result = await host.ReadAsync(TransferScripts.Read, arguments, new SshExecuteOptions { Binary = true, MaximumOutputBytes = count, Timeout = Patience }, cancellationToken);
            return result is { IsSuccess: true, OutputTruncated: false }
                ? result.Bytes
                : throw new IOException($"The partition images on {host.Endpoint.Address} cannot be read: {JobOutcomes.LastLines(result.Error)}");
        }
        catch (SshFailureException failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }
}
