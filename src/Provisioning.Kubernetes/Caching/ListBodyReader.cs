using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Caching;

/// <summary>
/// Reads a list object by object as the bytes come, so that a list of any length needs the memory of its objects only, and an object that
/// cannot be decoded costs no other.
/// </summary>
internal sealed class ListBodyReader<T>(JsonTypeInfo<T> typeInfo, List<DecodedEntity<T>> objects)
    where T : class, IKubernetesEntity
{
    private JsonReaderState _state;
    private bool _inItems;
    private bool _complete;
    private ListMeta _meta = new();

    /// <summary>Reads a page and adds its objects to the list; gives the page's metadata.</summary>
    /// <exception cref="InvalidDataException">The body is no list.</exception>
    public async Task<ListMeta> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var pipe = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                var result = await pipe.ReadAsync(cancellationToken);
                pipe.AdvanceTo(Consume(result.Buffer, result.IsCompleted), result.Buffer.End);
                if (result.IsCompleted)
                    return _complete ? _meta : throw new InvalidDataException("The list ended in the middle.");
            }
        }
        // Half a surrogate pair is JSON, and no text.
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"The list cannot be read: {JsonFaults.Text(failure)}", failure);
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    private SequencePosition Consume(in ReadOnlySequence<byte> buffer, bool isFinal)
    {
        var reader = new Utf8JsonReader(buffer, isFinal, _state);
        while (true)
        {
            // A value that is not wholly there yet is read again from its start when more bytes have come.
            var before = reader;
            if (_complete || !TryStep(ref reader))
            {
                _state = before.CurrentState;
                return _complete && isFinal ? buffer.End : before.Position;
            }
        }
    }

    private bool TryStep(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return false;
        if (_inItems)
            return TryReadItem(ref reader);
        if (reader.CurrentDepth == 0)
            _complete = reader.TokenType == JsonTokenType.EndObject;
        return reader.TokenType != JsonTokenType.PropertyName || TryReadProperty(ref reader);
    }

    private bool TryReadItem(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.EndArray)
        {
            _inItems = false;
            return true;
        }

        var item = reader;
        if (!reader.TrySkip())
            return false;
        objects.Add(DecodedEntity<T>.Decode(ref item, typeInfo));
        return true;
    }

    private bool TryReadProperty(ref Utf8JsonReader reader)
    {
        var isItems = reader.ValueTextEquals("items"u8);
        var isMeta = reader.ValueTextEquals("metadata"u8);
        if (!reader.Read())
            return false;
        if (isItems && reader.TokenType == JsonTokenType.StartArray)
            return _inItems = true;
        var value = reader;
        if (!reader.TrySkip())
            return false;
        if (isMeta)
            _meta = JsonSerializer.Deserialize(ref value, RestJsonContext.Default.ListMeta) ?? new ListMeta();
        return true;
    }
}
