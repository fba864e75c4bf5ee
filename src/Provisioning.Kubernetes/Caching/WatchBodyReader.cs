using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Caching;

/// <summary>Reads the lines of a watch.</summary>
internal static class WatchBodyReader
{
    /// <summary>Longest line, in bytes. etcd takes objects of 1.5 MiB unless told otherwise; what is longer is no event.</summary>
    public const int MaxLine = 8 * 1024 * 1024;

    /// <summary>Reads until the server ends the body.</summary>
    /// <exception cref="InvalidDataException">A line is no watch event, or too long.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async IAsyncEnumerable<WatchEvent<T>> ReadAsync<T>(
        Stream body, JsonTypeInfo<T> typeInfo, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesEntity
    {
        var pipe = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                var result = await pipe.ReadAsync(cancellationToken);
                var rest = result.Buffer;
                while (rest.PositionOf((byte)'\n') is { } end)
                {
                    yield return Parse(rest.Slice(0, end), typeInfo);
                    rest = rest.Slice(rest.GetPosition(1, end));
                }

                if (rest.Length > MaxLine)
                    throw new InvalidDataException($"A line of the watch is longer than {MaxLine} bytes.");
                if (result.IsCompleted && rest.Length > 0)
                    throw new IOException("The watch ended in the middle of a line.");
                if (result.IsCompleted)
                    yield break;
                pipe.AdvanceTo(rest.Start, rest.End);
            }
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    private static WatchEvent<T> Parse<T>(in ReadOnlySequence<byte> line, JsonTypeInfo<T> typeInfo)
        where T : class, IKubernetesEntity
    {
        try
        {
            return WatchEvent<T>.Parse(line, typeInfo);
        }
        // Half a surrogate pair is JSON, and no text.
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"A line of the watch cannot be read: {JsonFaults.Text(failure)}", failure);
        }
    }
}
