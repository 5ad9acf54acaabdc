using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NATS.Client.Core;

namespace NATS.Client.Serializers.Json;

/// <summary>JSON by reflection, or by the type information that the given options bring. Where reflection is switched off (NativeAOT) it says so when used.</summary>
public sealed class NatsJsonSerializer<T> : INatsSerializer<T>
{
#pragma warning disable CA1000 // official surface
    public static readonly NatsJsonSerializer<T> Default = new();
#pragma warning restore CA1000

    private static readonly JsonWriterOptions WriterOptions = new() { Indented = false, SkipValidation = true };
    private readonly JsonSerializerOptions? _options;

    public NatsJsonSerializer(JsonSerializerOptions? options = null) => _options = options;

    public INatsSerializer<T> CombineWith(INatsSerializer<T> next) => throw new NotSupportedException("JSON takes every type: put it last in a chain");

    public void Serialize(IBufferWriter<byte> bufferWriter, T value)
    {
        using var writer = new Utf8JsonWriter(bufferWriter, WriterOptions);
        JsonSerializer.Serialize(writer, value, TypeInfo());
    }

    public T? Deserialize(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return default;
        }

        var reader = new Utf8JsonReader(buffer);
        return JsonSerializer.Deserialize(ref reader, TypeInfo());
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only where reflection is switched on, which trimming switches off.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only where reflection is switched on, which NativeAOT switches off.")]
    private JsonTypeInfo<T> TypeInfo()
    {
        var options = _options;
        if (options is null)
        {
            if (!JsonSerializer.IsReflectionEnabledByDefault)
            {
                throw new NatsException($"{typeof(T)} needs JSON by reflection, which is switched off; use NatsJsonContextSerializerRegistry");
            }

            options = JsonSerializerOptions.Default;
        }

        return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
    }
}
