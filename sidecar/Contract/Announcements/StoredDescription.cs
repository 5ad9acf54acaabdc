using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>Reads normalised descriptions of this and other versions; what it does not understand is left out.</summary>
internal static class StoredDescription
{
    /// <summary>Reads; null when the bytes name no device. The description refers to the array.</summary>
    public static DeviceDescription? Read(byte[] json)
    {
        using var document = Parse(json);
        if (document?.RootElement is not { ValueKind: JsonValueKind.Object } root
            || !Token.IsValid(JsonFields.Text(root, "type")) || !Token.IsValid(JsonFields.Text(root, "id")))
        {
            return null;
        }

        var lease = root.TryGetProperty("lease_seconds", out var seconds) && seconds.ValueKind == JsonValueKind.Number
            ? seconds.GetDouble()
            : 0;
        return new DeviceDescription(
            new DeviceId(JsonFields.Text(root, "type")!, JsonFields.Text(root, "id")!), Entities(root, json), json)
        {
            Schema = JsonFields.Whole(root, "schema") ?? AnnouncementReader.Schema,
            Name = JsonFields.Text(root, "name"),
            ViaDevice = Reference(root, "via_device"),
            ParentDevice = Reference(root, "parent_device"),
            Lease = lease is > 0 and <= DeviceFields.MaxLeaseSeconds ? TimeSpan.FromSeconds(lease) : null,
            MaxCommands = JsonFields.Whole(root, "max_commands") is >= 1 and <= DeviceFields.MaxCommands and var most
                ? (int)most
                : null,
            WhenOffline = JsonFields.Text(root, "when_offline") == "assumed"
                ? OfflineMeaning.Assumed
                : OfflineMeaning.Unavailable,
            Connections = Connections(root),
        };
    }

    /// <summary>The description with more entities, each a JSON object, at the end of its own.</summary>
    public static byte[] WithEntities(ReadOnlyMemory<byte> json, IEnumerable<ReadOnlyMemory<byte>> added)
    {
        using var document = JsonDocument.Parse(json);
        var output = new ArrayBufferWriter<byte>(json.Length + 512);
        using (var writer = JsonOutput.Writer(output))
        {
            writer.WriteStartObject();
            var written = false;
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals("entities") && property.Value.ValueKind == JsonValueKind.Array)
                {
                    written = true;
                    WriteEntities(writer, property.Value, added);
                }
                else
                {
                    property.WriteTo(writer);
                }
            }

            if (!written)
            {
                WriteEntities(writer, default, added);
            }

            writer.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static void WriteEntities(Utf8JsonWriter writer, JsonElement entities, IEnumerable<ReadOnlyMemory<byte>> added)
    {
        writer.WriteStartArray("entities"u8);
        if (entities.ValueKind == JsonValueKind.Array)
        {
            foreach (var entity in entities.EnumerateArray())
            {
                entity.WriteTo(writer);
            }
        }

        foreach (var entity in added)
        {
            writer.WriteRawValue(entity.Span, skipInputValidation: true);
        }

        writer.WriteEndArray();
    }

    private static JsonDocument? Parse(byte[] json)
    {
        try
        {
            var document = JsonDocument.Parse(json.AsMemory());
            if (StrictJson.FirstInvalid(document.RootElement, "") is null)
            {
                return document;
            }

            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ImmutableArray<EntityDescription> Entities(JsonElement root, byte[] json)
    {
        if (!root.TryGetProperty("entities", out var entities) || entities.ValueKind != JsonValueKind.Array)
        {
            return [];
        }

        // Equal entities share their rules, to save memory.
        var shared = new Dictionary<EntityRules, EntityRules>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var found = ImmutableArray.CreateBuilder<EntityDescription>(entities.GetArrayLength());
        foreach (var entity in entities.EnumerateArray())
        {
            var key = JsonFields.Text(entity, "key");
            if (!Token.IsValid(key) || PlatformCatalog.Find(JsonFields.Text(entity, "platform") ?? "") is not { } platform
                || found.Count == AnnouncementReader.MaxEntities + 100 || !keys.Add(key!))
            {
                continue;
            }

            var rules = platform.Compile(entity);
            if (!shared.TryAdd(rules, rules))
            {
                rules = shared[rules];
            }

            var raw = JsonMarshal.GetRawUtf8Value(entity);
            json.AsSpan().Overlaps(raw, out var offset);
            found.Add(new EntityDescription(key!, rules, entity, json.AsMemory(offset, raw.Length)));
        }

        return found.DrainToImmutable();
    }

    private static DeviceId? Reference(JsonElement root, string name) =>
        DeviceId.TryParse(JsonFields.Text(root, name), out var id) ? id : null;

    private static ImmutableArray<(string Kind, string Value)> Connections(JsonElement root)
    {
        if (!root.TryGetProperty("connections", out var connections) || connections.ValueKind != JsonValueKind.Array)
        {
            return [];
        }

        var found = ImmutableArray.CreateBuilder<(string Kind, string Value)>();
        foreach (var pair in connections.EnumerateArray())
        {
            if (pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
                && pair[0].ValueKind == JsonValueKind.String && pair[1].ValueKind == JsonValueKind.String)
            {
                found.Add((pair[0].GetString()!, pair[1].GetString()!));
            }
        }

        return found.DrainToImmutable();
    }
}
