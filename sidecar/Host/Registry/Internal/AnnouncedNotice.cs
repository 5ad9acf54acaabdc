using System.Text.Json;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>What one sidecar tells the others of an announcement: <c>{"from", "device", "revision", "reply"}</c>.</summary>
/// <param name="From">The instance that answered it.</param>
/// <param name="Device">Who announced itself.</param>
/// <param name="Revision">The revision that is stored.</param>
/// <param name="Reply">The announcement's reply subject, which shows the connection; null without one.</param>
internal sealed record AnnouncedNotice(string From, DeviceId Device, ulong Revision, string? Reply)
{
    /// <summary>The message.</summary>
    public byte[] ToUtf8()
    {
        using var stream = new MemoryStream(192);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("from", From);
            json.WriteString("device", Device.ToString());
            json.WriteNumber("revision", Revision);
            json.WriteString("reply", Reply);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Reads a message; null when it is none.</summary>
    public static AnnouncedNotice? Read(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            var root = document.RootElement;
            return DeviceId.TryParse(root.GetProperty("device").GetString(), out var device)
                ? new AnnouncedNotice(root.GetProperty("from").GetString() ?? "", device, root.GetProperty("revision").GetUInt64(), root.GetProperty("reply").GetString())
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }
}
