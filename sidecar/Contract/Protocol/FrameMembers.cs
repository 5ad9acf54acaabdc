using System.Text.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>Members that several frames have.</summary>
internal static class FrameMembers
{
    public static void WriteLinks(Utf8JsonWriter writer, ReadOnlySpan<LinkState> links)
    {
        writer.WriteStartObject("links"u8);
        foreach (var link in links)
        {
            writer.WriteString(link.Name, link.Up ? "up"u8 : "down"u8);
        }

        writer.WriteEndObject();
    }

    public static void WriteEventPosition(Utf8JsonWriter writer, EventPosition position)
    {
        writer.WriteString("event_epoch"u8, position.Epoch);
        writer.WriteNumber("last_event"u8, position.Last);
    }
}
