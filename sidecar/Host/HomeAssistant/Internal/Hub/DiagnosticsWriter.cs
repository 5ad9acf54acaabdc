using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Contract.Redaction;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Changes;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>
/// Writes the result of Diagnostics (contract/protocol.md). Only what the sidecar knows of the home, without secrets: settings
/// and credentials are nowhere near.
/// </summary>
internal sealed class DiagnosticsWriter(
    IChanges changes, ClientSessions sessions, IDeviceRegistry registry, IDeviceAvailability availability, IStateStore states,
    IPictures pictures, IHomeStorage storage)
{
    /// <summary>Of one device, or of the whole when the argument is null.</summary>
    public RawJson Write(JsonElement device)
    {
        if (device.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
        {
            return RawJson.From(output =>
            {
                using var writer = new Utf8JsonWriter(output);
                WriteWhole(writer);
            });
        }

        var text = device.ValueKind == JsonValueKind.String ? device.GetString() : null;
        if (!DeviceId.TryParse(text, out var id))
        {
            return Wrong("device: expected {type}.{id} or null");
        }

        if (!registry.TryGet(id, out var known))
        {
            return Wrong("device: no such device is registered");
        }

        return RawJson.From(output =>
        {
            using var writer = new Utf8JsonWriter(output);
            WriteDevice(writer, known);
        });
    }

    private static RawJson Wrong(string message) =>
        RawJson.From(new ProtocolError(ProtocolCodes.InvalidValue, message).WriteResult);

    private void WriteWhole(Utf8JsonWriter writer)
    {
        var counts = changes.Counts;
        writer.WriteStartObject();
        writer.WriteString("version"u8, Product.Version);
        writer.WriteString("runtime"u8, Environment.Version.ToString());
        writer.WriteString("bridge_id"u8, storage.Identified.IsCompletedSuccessfully ? storage.BridgeId : "");
        writer.WriteString("epoch"u8, changes.Epoch);
        writer.WriteNumber("seq"u8, counts.Seq);
        writer.WriteStartObject("links"u8);
        foreach (var link in changes.Links)
        {
            writer.WriteString(link.Name, link.Up ? "up"u8 : "down"u8);
        }

        writer.WriteEndObject();
        writer.WriteNumber("devices"u8, counts.Devices);
        writer.WriteNumber("states"u8, counts.States);
        writer.WriteNumber("removals"u8, counts.Removals);
        writer.WriteNumber("events"u8, counts.Events);
        writer.WriteNumber("events_dropped"u8, counts.EventsDropped);
        writer.WriteStartArray("clients"u8);
        foreach (var (name, version, listening) in sessions.Clients)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, name);
            writer.WriteString("version"u8, version);
            writer.WriteBoolean("listening"u8, listening);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("issues"u8);
        foreach (var issue in changes.Issues)
        {
            writer.WriteStringValue(issue.Id);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteDevice(Utf8JsonWriter writer, RegisteredDevice device)
    {
        var description = device.Description;
        writer.WriteStartObject();
        writer.WritePropertyName("description"u8);
        using (var announced = JsonDocument.Parse(description.Json))
        {
            Redactor.Write(writer, announced.RootElement);
        }

        writer.WriteNumber("revision"u8, device.Revision);
        writer.WriteStartObject("availability"u8);
        writer.WriteBoolean("online"u8, device.Availability.Online);
        writer.WriteString("since"u8, device.Availability.Since);
        writer.WriteString("why"u8, device.Availability.Why);
        writer.WriteEndObject();
        writer.WriteString("connection"u8, availability.ConnectionOf(description.Id));
        writer.WriteStartObject("states"u8);
        foreach (var entity in description.Entities)
        {
            if (states.TryGet(new EntityId(description.Id, entity.Key), out var state))
            {
                writer.WriteStartObject(entity.Key);
                writer.WritePropertyName("value"u8);
                writer.WriteRawValue(Redactor.State(entity, state.Value), skipInputValidation: true);
                writer.WriteNumber("stream_sequence"u8, state.StreamSequence);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndObject();
        writer.WriteStartArray("wrong_values"u8);
        foreach (var problem in states.ProblemsOf(description.Id))
        {
            writer.WriteStartObject();
            writer.WriteString("path"u8, problem.Path);
            writer.WriteString("message"u8, problem.Message);
            writer.WriteNumber("count"u8, problem.Count);
            writer.WriteString("last_seen"u8, problem.LastSeen);
            if (problem.IsWarning)
            {
                writer.WriteBoolean("warning"u8, true);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartObject("refused_pictures"u8);
        foreach (var (key, problem) in pictures.ProblemsOf(description.Id))
        {
            writer.WriteString(key, problem);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
