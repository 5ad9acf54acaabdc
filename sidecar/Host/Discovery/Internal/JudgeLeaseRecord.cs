using System.Text.Json;

namespace HaNatsBridge.Host.Discovery.Internal;

/// <summary>The value of <c>availability_judge</c> in the KV bucket <c>leases</c>: <c>{"format": 1, "holder": "…"}</c>; an empty holder gave it back.</summary>
internal static class JudgeLeaseRecord
{
    /// <summary>The key.</summary>
    public const string Key = "availability_judge";

    /// <summary>The stored bytes.</summary>
    public static byte[] Write(string holder) => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["format"] = 1, ["holder"] = holder });

    /// <summary>Who holds it; empty: nobody, or something that is no such record.</summary>
    public static string HolderOf(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("holder", out var holder) && holder.ValueKind == JsonValueKind.String
                && Contract.Identity.Token.IsValid(holder.GetString())
                    ? holder.GetString()!
                    : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
