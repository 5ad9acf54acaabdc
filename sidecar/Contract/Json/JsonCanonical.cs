using System.Text.Json;

namespace HaNatsBridge.Contract.Json;

/// <summary>Writes foreign values in the one form that equal values share.</summary>
internal static class JsonCanonical
{
    /// <summary>Writes a member, without white space and with the writer's own escapes.</summary>
    public static void WriteTo(this JsonElement value, Utf8JsonWriter writer, string name)
    {
        writer.WritePropertyName(name);
        value.WriteTo(writer);
    }

    /// <summary>Writes a number: <c>5</c> and <c>5.0</c> are the same limit, and only so is the same description the same bytes.</summary>
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
