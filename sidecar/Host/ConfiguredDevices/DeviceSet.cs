using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Pictures;
using HaNatsBridge.Devices;

namespace HaNatsBridge.Host.ConfiguredDevices;

/// <summary>
/// The devices that a feature makes of its settings, on one connection to the home. To be used by one caller at a time.
/// </summary>
/// <param name="home">The connection.</param>
/// <param name="time">The clock.</param>
/// <param name="command">Carries out commands.</param>
public sealed class DeviceSet(DeviceConnection home, TimeProvider time, CommandHandler command)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly Dictionary<DeviceId, Member> _members = [];

    /// <summary>How many devices there are.</summary>
    public int Count => _members.Count;

    /// <summary>Whether there is such a device.</summary>
    public bool Has(DeviceId device) => _members.ContainsKey(device);

    /// <summary>Whether there is such an entity.</summary>
    public bool Has(EntityId entity) => _members.TryGetValue(entity.Device, out var member) && member.Keys.Contains(entity.Key);

    /// <summary>Makes the device, or adds the entities that it does not have yet; it announces itself if that changes it.</summary>
    /// <exception cref="ArgumentException">It has too many entities, or they are too large.</exception>
    public void Ensure(DeviceId id, JsonObject fields, IEnumerable<ConfiguredEntity> entities)
    {
        var isNew = !_members.TryGetValue(id, out var member);
        var added = entities.Where(entity => isNew || !member!.Keys.Contains(entity.Key)).DistinctBy(entity => entity.Key).ToList();
        if (!isNew && added.Count == 0)
        {
            return;
        }

        var all = isNew ? [] : member!.Fields.DeepClone().AsObject();
        foreach (var (name, value) in fields)
        {
            all.TryAdd(name, value?.DeepClone());
        }

        var description = new DeviceDescription(id.Type, id.Id, all);
        foreach (var entity in (isNew ? [] : member!.Entities).Concat(added))
        {
            description = description.With(entity.Key, entity.Platform, entity.Fields);
        }

        if (isNew)
        {
            // Only what is heard of it is a sign of life, so it publishes no health by itself.
            var device = new Device(description, time) { HealthInterval = TimeSpan.Zero };
            device.OnCommand(command);
            member = _members[id] = new Member(device, all, []);
            device.Announced += _ => member.Announced.TrySetResult();
            home.Add(device);
        }
        else
        {
            (member!.Fields, member.Announced) = (all, new(TaskCreationOptions.RunContinuationsAsynchronously));
            member.Device.Describe(description);
        }

        foreach (var entity in added)
        {
            member.Entities.Add(entity);
            member.Keys.Add(entity.Key);
        }
    }

    /// <summary>Publishes what was read of a message: a state, an event or a picture.</summary>
    /// <exception cref="FormatException">The value is none for this entity.</exception>
    /// <exception cref="ArgumentException">There is no such entity, or it is too large.</exception>
    public async ValueTask PublishAsync(EntityId entity, EntityConfig config, object? value, CancellationToken cancellationToken)
    {
        if (!_members.TryGetValue(entity.Device, out var member))
        {
            return;
        }

        if (!config.IsEvent)
        {
            await member.Device.PublishStateAsync(entity.Key, value, cancellationToken);
            return;
        }

        var (type, attributes) = EventOf(config, value);

        // The home has no use for an event of an entity that it does not know yet.
        await member.Announced.Task.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await member.Device.PublishEventAsync(entity.Key, type, attributes, cancellationToken);
    }

    /// <summary>Publishes a picture.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    /// <exception cref="ArgumentException">There is no such entity, or it is too large.</exception>
    public async ValueTask PublishPictureAsync(EntityId entity, ReadOnlyMemory<byte> picture, CancellationToken cancellationToken)
    {
        var type = PictureTypes.Of(picture.Span) ?? throw new FormatException("the payload is no picture");
        if (_members.TryGetValue(entity.Device, out var member))
        {
            await member.Device.PublishImageAsync(entity.Key, picture, type, cancellationToken);
        }
    }

    /// <summary>Takes devices out of the home, or back in: in between they are offline.</summary>
    public async ValueTask SetOnlineAsync(DeviceId id, bool isOnline, CancellationToken cancellationToken)
    {
        if (!_members.TryGetValue(id, out var member))
        {
            return;
        }

        if (!isOnline)
        {
            await home.DetachAsync(id, cancellationToken);
        }
        else if (!home.Devices.Contains(member.Device))
        {
            home.Add(member.Device);
        }
    }

    /// <summary>A person removed the device: it is made again when something is heard of it.</summary>
    public async ValueTask ForgetAsync(DeviceId id, CancellationToken cancellationToken)
    {
        if (_members.Remove(id))
        {
            await home.DetachAsync(id, cancellationToken);
        }
    }

    /// <summary>Where there is one type only, each message is that event.</summary>
    private static (string Type, object? Attributes) EventOf(EntityConfig config, object? value)
    {
        var only = config.Fields["event_types"] is JsonArray { Count: 1 } types ? types[0]?.ToString() : null;
        if (value is JsonElement or JsonNode && JsonSerializer.SerializeToNode(value) is JsonObject json)
        {
            var named = json["event_type"]?.ToString();
            json.Remove("event_type");
            return (only ?? named ?? throw new FormatException("the event has no event_type"), json);
        }

        var type = only ?? value switch
        {
            null => null,
            JsonElement { ValueKind: JsonValueKind.String } text => text.GetString(),
            JsonElement element => element.GetRawText(),
            _ => value.ToString(),
        };
        return (type ?? throw new FormatException("the event has no type"), null);
    }

    private sealed class Member(Device device, JsonObject fields, List<ConfiguredEntity> entities)
    {
        public Device Device { get; } = device;

        public JsonObject Fields { get; set; } = fields;

        public List<ConfiguredEntity> Entities { get; } = entities;

        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);

        public TaskCompletionSource Announced { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
