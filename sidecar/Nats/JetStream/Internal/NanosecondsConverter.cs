using System.Text.Json;
using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Internal;

/// <summary>Durations in the JetStream API are whole nanoseconds; a tick of .NET is a hundred of them.</summary>
internal sealed class NanosecondsConverter : JsonConverter<TimeSpan>
{
    internal const long PerTick = 100;

    /// <inheritdoc/>
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TimeSpan.FromTicks(reader.GetInt64() / PerTick);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(ToNanoseconds(value));

    /// <summary>Saturates, because <see cref="TimeSpan.MaxValue"/> stands for "never" in this library.</summary>
    internal static long ToNanoseconds(TimeSpan value) =>
        value.Ticks > long.MaxValue / PerTick ? long.MaxValue : value.Ticks < long.MinValue / PerTick ? long.MinValue : value.Ticks * PerTick;
}
