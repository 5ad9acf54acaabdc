using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>One of the sidecar's links to other systems, as the member <c>links</c> names it.</summary>
/// <param name="Name"><c>nats</c>, later <c>history</c>, …</param>
/// <param name="Up">Whether it works; <c>nats</c> is down when it has been away for more than 5 s.</param>
public readonly record struct LinkState(string Name, bool Up);

/// <summary>How far a client is in the events (contract/protocol.md, "Listen").</summary>
/// <param name="Epoch">The numbering: a new one after the stream of events was created anew.</param>
/// <param name="Last">The id after which events follow; 0: from the first one on.</param>
public sealed record EventPosition(string Epoch, ulong Last);

/// <summary>All links as one object: <c>{"nats": "up"}</c>.</summary>
internal sealed class LinksConverter : JsonConverter<ImmutableArray<LinkState>>
{
    public override ImmutableArray<LinkState> Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("the sidecar reads no links");

    public override void Write(Utf8JsonWriter writer, ImmutableArray<LinkState> value, JsonSerializerOptions options) =>
        Write(writer, value.AsSpan());

    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<LinkState> links)
    {
        writer.WriteStartObject();
        foreach (var link in links)
        {
            writer.WriteString(link.Name, link.Up ? "up"u8 : "down"u8);
        }

        writer.WriteEndObject();
    }
}
