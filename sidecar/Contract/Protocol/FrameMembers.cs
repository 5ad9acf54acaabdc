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
}
