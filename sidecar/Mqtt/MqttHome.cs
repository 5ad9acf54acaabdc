using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Mqtt.Components;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Devices;
using HaNatsBridge.Mqtt.Discovery;
using HaNatsBridge.Mqtt.Entities;
using HaNatsBridge.Mqtt.Home;

namespace HaNatsBridge.Mqtt;

/// <summary>
/// The devices behind one broker, as its discovery messages describe them. It knows no network: messages come in by
/// <see cref="Receive"/>, and the <see cref="IMqttHomeListener"/> does the rest. Not thread-safe.
/// </summary>
public sealed class MqttHome
{
    private const string Unavailable = "\"unavailable\"";

    private readonly MqttHomeOptions _options;
    private readonly IMqttHomeListener _listener;
    private readonly TimeProvider _time;
    private readonly DeviceBook _book;
    private readonly TopicTable _topics = new();
    private readonly Dictionary<(string Component, string Id), Part> _parts = [];
    private readonly Dictionary<(string Component, string UniqueId), EntityPart> _unique = [];
    private readonly HashSet<EntityPart> _told = [];

    public MqttHome(MqttHomeOptions options, IMqttHomeListener listener, TimeProvider time)
    {
        (_options, _listener, _time) = (options, listener, time);
        _book = new DeviceBook(options.DeviceType);
    }

    /// <summary>Subscribes to everything: after each connect.</summary>
    public void Connected()
    {
        foreach (var input in _topics.All)
        {
            input.Forget();
        }

        foreach (var filter in DiscoveryTopic.Filters(_options.DiscoveryPrefix))
        {
            _listener.Subscribe(filter, 1);
        }

        foreach (var (filter, qos) in _topics.Filters)
        {
            _listener.Subscribe(filter, qos);
        }
    }

    /// <summary>Takes a message.</summary>
    public void Receive(string topic, ReadOnlyMemory<byte> payload, bool isRetained)
    {
        if (DiscoveryTopic.IsBelow(_options.DiscoveryPrefix, topic))
        {
            Discover(topic, payload);
        }

        var message = new MqttMessage(topic, payload, isRetained);
        var concerned = new List<EntityPart>();
        foreach (var (input, part) in _topics.Of(topic).ToList())
        {
            if (input.Take(message) is { } problem)
            {
                _listener.Ignored(topic, problem);
            }
            else if (part is EntityPart entity)
            {
                entity.HasCome = true;
                if (!concerned.Contains(entity))
                {
                    concerned.Add(entity);
                }
            }
        }

        // An entity may read several values from one message: its state is published once.
        foreach (var entity in concerned)
        {
            Tell(entity);
            _listener.Came(entity.Device.Id, entity.Key);
        }
    }

    /// <summary>
    /// Tells of devices that have changed, and of all states that have: a short while after the last message, so that a device
    /// of fifty components is announced once.
    /// </summary>
    public void Flush()
    {
        foreach (var device in _book.All.Where(device => device.IsChanged).ToList())
        {
            device.IsChanged = false;
            if (device.Parts.Count == 0)
            {
                _book.Remove(device);
                if (device.IsDescribed)
                {
                    _listener.Remove(device.Id);
                }

                continue;
            }

            device.IsDescribed = true;
            _listener.Describe(device.Id, Announcement.FieldsOf(device, _book), Announcement.EntitiesOf(device));
            foreach (var part in device.Parts.OfType<EntityPart>())
            {
                _told.Add(part);
            }
        }

        foreach (var part in _told)
        {
            Publish(part);
        }

        _told.Clear();
    }

    /// <summary>Carries out a command: what is to be published.</summary>
    /// <exception cref="CommandRefusedException">It cannot be carried out.</exception>
    public CommandPlan Execute(DeviceId device, string key, string action, JsonElement parameters)
    {
        var part = Find(device, key)
            ?? throw new CommandRefusedException(CommandCodes.InvalidCommand, $"There is no {key} on this device.");
        var plan = part.Entity.Execute(action, parameters);
        Tell(part);
        return plan;
    }

    private EntityPart? Find(DeviceId device, string key) =>
        _book.Find(device)?.Parts.OfType<EntityPart>().FirstOrDefault(part => part.Key == key);

    private void Discover(string topic, ReadOnlyMemory<byte> payload)
    {
        var errors = new List<ContractError>();
        if (!DiscoveryTopic.TryParse(_options.DiscoveryPrefix, topic, out var parsed, out var problem))
        {
            _listener.Rejected(topic, [new ContractError("topic", AnnounceCodes.InvalidValue, problem)]);
            return;
        }

        IEnumerable<(string Component, string Id)> Known(string from) =>
            [.. _parts.Where(pair => pair.Value.Component.Topic == from).Select(pair => pair.Key)];

        foreach (var component in DiscoveryMessage.Read(parsed, topic, payload, Known, errors))
        {
            Apply(component, errors);
        }

        if (errors.Count > 0)
        {
            _listener.Rejected(topic, errors);
        }
    }

    private void Apply(DiscoveredComponent component, List<ContractError> errors)
    {
        var known = _parts.GetValueOrDefault((component.Component, component.Id));
        if (known is { IsMoving: false } && known.Component.Topic != component.Topic)
        {
            if (component.Options is not null)
            {
                errors.Add(new ContractError(
                    "",
                    AnnounceCodes.DuplicateKey,
                    $"{component.Component} {component.Id} is described on {known.Component.Topic} already"));
            }

            return;
        }

        if (component.Options is not { } options)
        {
            if (known is not null && component.IsMoving)
            {
                known.IsMoving = true;
            }
            else if (known is not null)
            {
                Remove(known);
            }

            return;
        }

        if (known is { IsMoving: false } && JsonNode.DeepEquals(known.Component.Options, options))
        {
            return;
        }

        if (Make(component, options, known, errors) is { } part)
        {
            if (known is not null)
            {
                Remove(known);
            }

            if ((known, part) is (EntityPart { Published: Unavailable }, EntityPart entity))
            {
                entity.Published = Unavailable;
            }

            Add(part);
        }
    }

    private Part? Make(DiscoveredComponent component, JsonObject options, Part? known, List<ContractError> errors)
    {
        var reader = new OptionReader(options, _options.Templates);
        if (options["device"] is not (null or JsonObject))
        {
            reader.Fail("device", "expected an object");
        }

        var deviceOptions = options["device"] as JsonObject;
        var device = _book.DeviceOf(component, deviceOptions);
        var part = MakePart(component, device, reader, known);
        var problems = part is EntityPart entity && reader.Errors.Count == 0 ? ContractCheck.ErrorsOf(entity) : reader.Errors;
        if (part is null || problems.Count > 0)
        {
            errors.AddRange(problems);
            if (device.Parts.Count == 0)
            {
                _book.Remove(device);
            }

            return null;
        }

        device.Options = deviceOptions;
        device.OwnName = deviceOptions is null ? OptionReader.TextOf(options["name"]) ?? component.Id : null;
        return part;
    }

    private Part? MakePart(DiscoveredComponent component, ForeignDevice device, OptionReader reader, Part? known)
    {
        switch (component.Component)
        {
            case "device_automation":
                return new TriggerPart(component, device, reader, (trigger, payload) => _listener.Event(
                    trigger.Device.Id, TriggerPart.Key, trigger.EventType, new JsonObject { ["payload"] = payload }));
            case "tag":
                return new TagPart(component, device, MqttNames.TokenOf(component.Id), reader, (reading, tag) => _listener.Event(
                    reading.Device.Id, reading.Key, "scanned", new JsonObject { ["tag_id"] = tag }));
            case var name when ComponentCatalog.Has(name):
                var key = KeyOf(component, device, reader, known);
                RefuseTwice(component, reader, known);
                return new EntityPart(component, device, key, ComponentCatalog.Create(name, reader, ServicesOf(device, key)));
            default:
                reader.Fail("", $"{component.Component} is no component of Home Assistant's mqtt", AnnounceCodes.UnknownPlatform);
                return null;
        }
    }

    private EntityServices ServicesOf(ForeignDevice device, string key) => new()
    {
        Key = key,
        Time = _time,
        Ignored = _listener.Ignored,
        Fire = (type, attributes) => _listener.Event(device.Id, key, type, attributes),
        Redescribe = () => device.IsChanged = true,
        Picture = (bytes, contentType) => _listener.Picture(device.Id, key, bytes, contentType),
        Later = (delay, action) => _listener.Later(delay, () =>
        {
            action();
            if (Find(device.Id, key) is { } part)
            {
                Tell(part);
            }
        }),
    };

    /// <summary>Two entities of one component cannot have one unique id: the first one counts, as for Home Assistant.</summary>
    private void RefuseTwice(DiscoveredComponent component, OptionReader reader, Part? known)
    {
        if (OptionReader.TextOf(reader.Node("unique_id")) is { } unique
            && _unique.TryGetValue((component.Component, unique), out var other) && other != known && !other.IsMoving)
        {
            reader.Fail("unique_id", $"it is that of {other.Component.Topic} already", AnnounceCodes.DuplicateKey);
        }
    }

    /// <summary>The unique id as a token, with the component where another one of the device has it.</summary>
    private static string KeyOf(DiscoveredComponent component, ForeignDevice device, OptionReader reader, Part? known)
    {
        var wanted = MqttNames.TokenOf(OptionReader.TextOf(reader.Node("unique_id")) ?? component.Id.Replace(' ', '_'));
        var isTaken = wanted == TriggerPart.Key
            || device.Parts.OfType<EntityPart>().Any(part => part != known && part.Key == wanted);
        return isTaken ? MqttNames.TokenOf($"{wanted}-{component.Component}") : wanted;
    }

    private void Add(Part part)
    {
        _parts[(part.Component.Component, part.Component.Id)] = part;
        part.Device.Parts.Add(part);
        part.Device.IsChanged = true;
        if (part is EntityPart { Entity.UniqueId: { } unique } entity)
        {
            _unique[(part.Component.Component, unique)] = entity;
        }

        foreach (var input in part.Inputs)
        {
            _topics.Add(input, part);
            _listener.Subscribe(input.Filter, input.Qos);
        }

        // Devices behind this one can name it from now on.
        foreach (var other in _book.All.Where(other => !other.IsChanged && IsBehind(other, part.Device)))
        {
            other.IsChanged = true;
        }
    }

    private void Remove(Part part)
    {
        _parts.Remove((part.Component.Component, part.Component.Id));
        part.Device.Parts.Remove(part);
        part.Device.IsChanged = true;
        if (part is EntityPart entity)
        {
            _told.Remove(entity);
            if (entity.Entity.UniqueId is { } unique
                && _unique.TryGetValue((part.Component.Component, unique), out var known) && known == entity)
            {
                _unique.Remove((part.Component.Component, unique));
            }
        }

        foreach (var input in part.Inputs)
        {
            if (_topics.Remove(input))
            {
                _listener.Unsubscribe(input.Filter);
            }
        }
    }

    private static bool IsBehind(ForeignDevice other, ForeignDevice gateway) =>
        !gateway.IsDescribed && OptionReader.TextOf(other.Options?["via_device"]) is { } via
        && gateway.Identities.Contains($"identifier {via}");

    private void Tell(EntityPart part)
    {
        if (part.Device.IsChanged)
        {
            _told.Add(part);
        }
        else
        {
            Publish(part);
        }
    }

    private void Publish(EntityPart part)
    {
        var entity = part.Entity;
        JsonNode? state;
        if (!entity.IsAvailable)
        {
            state = "unavailable";
        }
        else if (entity is { HasState: true, IsKnown: true })
        {
            state = entity.Value.ToJson();
        }
        else if (part.Published is null)
        {
            return;
        }
        else
        {
            state = null;
        }

        var json = state?.ToJsonString() ?? "null";
        if (json != part.Published || (entity.PublishesEach && part.HasCome))
        {
            part.Published = json;
            _listener.State(part.Device.Id, part.Key, state);
        }

        part.HasCome = false;
    }
}
