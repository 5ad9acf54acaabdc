using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace HaNatsBridge.Contract.Json;

/// <summary>
/// How this assembly writes JSON: compact, and with <c>°C</c> unescaped, since nothing of it is ever put into HTML.
/// </summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Utf8JsonWriter Writer(IBufferWriter<byte> output) => new(output, Options);

    /// <summary>Writes a message by its source-generated description.</summary>
    public static void Write<T>(IBufferWriter<byte> output, T message, JsonTypeInfo<T> type)
    {
        using var writer = Writer(output);
        JsonSerializer.Serialize(writer, message, type);
    }

    /// <summary>RFC 3339 in UTC with milliseconds, as every time that the bridge itself writes.</summary>
    public static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Bytes of unknown origin as text; what is not UTF-8 becomes U+FFFD.</summary>
    public static string Lossy(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>Writes a value from outside as a member, without white space and with the writer's own escapes.</summary>
    public static void WriteTo(this JsonElement value, Utf8JsonWriter writer, string name)
    {
        writer.WritePropertyName(name);
        value.WriteTo(writer);
    }

    /// <summary>
    /// Writes a number as a member: <c>5</c> and <c>5.0</c> are the same limit, so equal descriptions must be equal bytes.
    /// </summary>
    public static void WriteNumberTo(this JsonElement value, Utf8JsonWriter writer, string name)
    {
        var number = value.GetDouble();
        if (number == Math.Truncate(number) && Math.Abs(number) < 1e15)
        {
            writer.WriteNumber(name, (long)number);
        }
        else
        {
            writer.WriteNumber(name, number);
        }
    }
}

/// <summary>A time as <see cref="JsonOutput.Time"/>.</summary>
internal sealed class TimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(JsonOutput.Time(value));
}

/// <summary>A duration in milliseconds, rounded to microseconds.</summary>
internal sealed class MillisecondsConverter : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(Math.Round(value, 3));
}

/// <summary>A JSON object; <c>{}</c> for anything else.</summary>
internal sealed class ObjectConverter : JsonConverter<JsonElement>
{
    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonElement.ParseValue(ref reader);

    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            value.WriteTo(writer);
        }
        else
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
        }
    }
}

/// <summary>JSON that is written already, UTF-8. It is valid: our own writers made it, or a strict reader accepted it.</summary>
internal sealed class RawBytesConverter : JsonConverter<ReadOnlyMemory<byte>>
{
    public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(document.RootElement).ToArray();
    }

    public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options)
    {
        if (value.IsEmpty)
        {
            writer.WriteNullValue();
        }
        else
        {
            writer.WriteRawValue(value.Span, skipInputValidation: true);
        }
    }
}
