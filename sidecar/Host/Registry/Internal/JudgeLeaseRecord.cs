using System.Text.Json;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// The value of <c>availability_judge</c> in the KV bucket <c>leases</c>: <c>{"format": 1, "holder": "…", "told": 17}</c>; an empty holder gave it back. <c>told</c> is the revision of the bucket
/// <c>availability</c> up to which people have been told: whoever judges next goes on from there. Sidecars of before wrote none.
/// </summary>
internal static class JudgeLeaseRecord
{
    /// <summary>The key.</summary>
    public const string Key = "availability_judge";

    /// <summary>The stored bytes.</summary>
    public static byte[] Write(string holder, ulong? told = null)
    {
        var record = new Dictionary<string, object> { ["format"] = 1, ["holder"] = holder };
        if (told is { } revision)
        {
            record["told"] = revision;
        }

        return JsonSerializer.SerializeToUtf8Bytes(record);
    }

    /// <summary>Who holds it (empty: nobody, or something that is no such record), and up to which revision people were told (null: nothing says so).</summary>
    public static (string Holder, ulong? Told) Read(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return ("", null);
            }

            var isNamed = root.TryGetProperty("holder", out var holder) && holder.ValueKind == JsonValueKind.String && Contract.Identity.Token.IsValid(holder.GetString());
            var isTold = root.TryGetProperty("told", out var told) && told.ValueKind == JsonValueKind.Number;
            return (isNamed ? holder.GetString()! : "", isTold && told.TryGetUInt64(out var revision) ? revision : null);
        }
        catch (JsonException)
        {
            return ("", null);
        }
    }
}
