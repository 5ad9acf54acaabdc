using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace NATS.Client.Core;

/// <summary>JSON through source-generated contexts: no reflection, so it survives trimming and NativeAOT.</summary>
public sealed class NatsJsonContextSerializer<T> : INatsSerializer<T>
{
    private static readonly JsonWriterOptions WriterOptions = new() { Indented = false, SkipValidation = true };

    private readonly INatsSerializer<T>? _next;
    private readonly JsonSerializerContext[] _contexts;

    /// <param name="contexts">Asked in order for <typeparamref name="T"/>.</param>
    /// <param name="next">For types that no context knows.</param>
    public NatsJsonContextSerializer(JsonSerializerContext[] contexts, INatsSerializer<T>? next = default)
    {
        _contexts = contexts;
        _next = next;
    }

    public NatsJsonContextSerializer(JsonSerializerContext context, INatsSerializer<T>? next = default)
        : this([context], next)
    {
    }

    public INatsSerializer<T> CombineWith(INatsSerializer<T> next) => new NatsJsonContextSerializer<T>(_contexts, next);

    public void Serialize(IBufferWriter<byte> bufferWriter, T value)
    {
        if (TypeInfo() is { } typeInfo)
        {
            using var writer = new Utf8JsonWriter(bufferWriter, WriterOptions);
            JsonSerializer.Serialize(writer, value, typeInfo);
            return;
        }

        if (_next is null)
        {
            throw new NatsException($"Can't serialize {typeof(T)}");
        }

        _next.Serialize(bufferWriter, value);
    }

    public T? Deserialize(in ReadOnlySequence<byte> buffer)
    {
        if (TypeInfo() is { } typeInfo)
        {
            if (buffer.Length == 0)
            {
                return default;
            }

            var reader = new Utf8JsonReader(buffer);
            return JsonSerializer.Deserialize(ref reader, typeInfo);
        }

        return _next is null ? throw new NatsException($"Can't deserialize {typeof(T)}") : _next.Deserialize(buffer);
    }

    private JsonTypeInfo<T>? TypeInfo()
    {
        foreach (var context in _contexts)
        {
            if (context.GetTypeInfo(typeof(T)) is JsonTypeInfo<T> typeInfo)
            {
                return typeInfo;
            }
        }

        return null;
    }
}
