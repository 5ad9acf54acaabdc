using System.Buffers;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A device without its connection: what it announces, what it says of its state, what it does when told. Not safe for concurrent use.</summary>
internal sealed class SimulatedDevice(DeviceId id, string name, string model, string area, IReadOnlyList<SimulatedEntity> entities, string? viaDevice = null)
{
    private const int LeaseSeconds = 90;
    private const int RememberedAnswers = 64;
    private readonly Dictionary<string, byte[]> _answers = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public DeviceId Id => id;

    public IReadOnlyList<SimulatedEntity> Entities => entities;

    /// <summary>The announcement (contract.md, "Announce").</summary>
    public byte[] Announcement() => Write(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("schema", 1);
        json.WriteString("type", id.Type);
        json.WriteString("id", id.Id);
        json.WriteString("name", name);
        json.WriteString("manufacturer", "HaNatsBridge");
        json.WriteString("model", model);
        json.WriteString("suggested_area", area);
        if (viaDevice is not null)
        {
            json.WriteString("via_device", viaDevice);
        }

        json.WriteNumber("lease_seconds", LeaseSeconds);
        json.WriteStartArray("entities");
        foreach (var entity in entities)
        {
            entity.Describe(json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>The whole state, for <c>.state</c>.</summary>
    public byte[] Snapshot() => Write(json =>
    {
        json.WriteStartObject();
        foreach (var entity in entities.Where(entity => entity.HasState))
        {
            json.WritePropertyName(entity.Key);
            entity.WriteState(json);
        }

        json.WriteEndObject();
    });

    /// <summary>One entity's state, for <c>.state.{key}</c>.</summary>
    public static byte[] StateOf(SimulatedEntity entity) => Write(entity.WriteState);

    /// <summary>Executes a command (contract.md, "Command") once per id: the same id again gets the same answer. Returns the answer and whose state changed.</summary>
    public (byte[] Answer, SimulatedEntity? Changed) Execute(ReadOnlyMemory<byte> command)
    {
        try
        {
            using var json = JsonDocument.Parse(command);
            var root = json.RootElement;
            var commandId = root.GetProperty("id").GetString() ?? "";
            if (_answers.TryGetValue(commandId, out var before))
            {
                return (before, null);
            }

            var key = root.GetProperty("entity").GetString();
            var entity = entities.FirstOrDefault(one => one.Key == key);
            var parameters = root.TryGetProperty("params", out var given) && given.ValueKind == JsonValueKind.Object ? given : default;
            var result = entity is null
                ? new CommandResult(CommandCodes.InvalidCommand, $"there is no entity {key}")
                : entity.Apply(root.GetProperty("action").GetString() ?? "", parameters.ValueKind == JsonValueKind.Object ? parameters : Empty);
            var answer = Answer(result, entity);
            Remember(commandId, answer);
            return (answer, result.Code is null ? entity : null);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return (Answer(new CommandResult(CommandCodes.InvalidCommand, "this is no command"), null), null);
        }
    }

    private static JsonElement Empty => JsonElement.Parse("{}");

    private static byte[] Answer(CommandResult result, SimulatedEntity? entity) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteBoolean("ok", result.Code is null);
        if (result.Code is not null)
        {
            json.WriteStartObject("error");
            json.WriteString("code", result.Code);
            json.WriteString("message", result.Message);
            json.WriteEndObject();
        }
        else if (entity is { HasState: true })
        {
            json.WritePropertyName("state");
            entity.WriteState(json);
        }

        json.WriteEndObject();
    });

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void Remember(string commandId, byte[] answer)
    {
        if (_order.Count == RememberedAnswers)
        {
            _answers.Remove(_order.Dequeue());
        }

        _order.Enqueue(commandId);
        _answers[commandId] = answer;
    }
}
