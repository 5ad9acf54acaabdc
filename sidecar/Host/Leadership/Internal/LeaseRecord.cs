using System.Text.Json;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Leadership.Internal;

/// <summary>The value of a lease: <c>{"format": 1, "holder": "…"}</c>. An empty holder gave it back.</summary>
internal static class LeaseRecord
{
    /// <summary>The stored bytes.</summary>
    public static byte[] Write(string holder) =>
        JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["format"] = 1, ["holder"] = holder });

    /// <summary>Who holds it; empty: no sidecar, or the bytes are no such record.</summary>
    public static string HolderOf(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("holder", out var holder)
                && holder.ValueKind == JsonValueKind.String
                && Token.IsValid(holder.GetString())
                ? holder.GetString()!
                : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
