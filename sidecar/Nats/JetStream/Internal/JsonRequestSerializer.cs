using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NATS.Client.Core;

namespace NATS.Client.JetStream.Internal;

/// <summary>Writes a request of the JetStream API; a request without fields is an empty payload, as the API accepts both.</summary>
internal sealed class JsonRequestSerializer<T>(JsonTypeInfo<T> typeInfo) : INatsSerialize<T>
{
    /// <inheritdoc/>
    public void Serialize(IBufferWriter<byte> bufferWriter, T value)
    {
        if (value is null)
        {
            return;
        }

        using var writer = new Utf8JsonWriter(bufferWriter);
        JsonSerializer.Serialize(writer, value, typeInfo);
    }
}
