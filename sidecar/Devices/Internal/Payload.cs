using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaNatsBridge.Devices.Internal;

/// <summary>JSON of what an owner gives: a scalar, an anonymous object, a dictionary, a node or an element.</summary>
internal static class Payload
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new FiniteDouble(), new FiniteSingle() },
    };

    public static byte[] Of(object? value) =>
        JsonSerializer.SerializeToUtf8Bytes(value, value?.GetType() ?? typeof(object), Options);

    /// <summary>The members of an object; none for null.</summary>
    /// <exception cref="ArgumentException">It is no object.</exception>
    public static IReadOnlyDictionary<string, JsonElement> Members(object? value, string parameter)
    {
        if (value is null)
        {
            return new Dictionary<string, JsonElement>();
        }

        var element = JsonSerializer.SerializeToElement(value, value.GetType(), Options);
        return element.ValueKind == JsonValueKind.Object
            ? element.EnumerateObject().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal)
            : throw new ArgumentException("A JSON object is expected, such as new { name = \"Desk lamp\" }.", parameter);
    }

    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = Options.Encoder }))
        {
            write(json);
        }

        return buffer.ToArray();
    }

    public static void WriteMembers(this Utf8JsonWriter json, IReadOnlyDictionary<string, JsonElement> members)
    {
        foreach (var (name, value) in members)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }
    }

    /// <summary>A measurement that is no number is unknown; JSON has no word for it.</summary>
    private sealed class FiniteDouble : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, double.IsFinite(value) ? value : (double?)null);
    }

    private sealed class FiniteSingle : JsonConverter<float>
    {
        public override float Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.GetSingle();

        public override void Write(Utf8JsonWriter writer, float value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, float.IsFinite(value) ? value : (float?)null);
    }
}
