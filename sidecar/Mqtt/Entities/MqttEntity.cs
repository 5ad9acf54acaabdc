using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;

namespace HaNatsBridge.Mqtt.Entities;

/// <summary>
/// One component as an entity: its description in the words of the contract, the topics that it listens to, and what its
/// commands publish. A class for each component derives from it (<c>Components/</c>). Used by one thread at a time.
/// </summary>
internal abstract partial class MqttEntity
{
    /// <summary>
    /// Attributes that Home Assistant itself sets; a device's own of these names are left out, as by its <c>mqtt</c>.
    /// </summary>
    private static readonly string[] Blocked =
    [
        "assumed_state", "available", "context_recent_time", "device_class", "device_info", "entity_category", "entity_picture",
        "entity_registry_enabled_default", "extra_state_attributes", "force_update", "icon", "friendly_name", "should_poll",
        "state",
        "supported_features", "unique_id", "unit_of_measurement",
    ];

    private readonly List<TopicInput> _inputs = [];
    private readonly Availability _availability;
    private readonly HashSet<string> _features = new(StringComparer.Ordinal);
    private readonly List<MqttPublish> _planned = [];
    private readonly CommandTemplate _plain;
    private readonly int? _expiry;

    /// <summary>Reads what all components have in common.</summary>
    /// <param name="options">The component's options; errors are added to it.</param>
    /// <param name="services">What an entity uses of its surroundings.</param>
    /// <param name="platform">The platform of the contract.</param>
    /// <param name="name">The name of an entity without one and without a device class; null: that of its device.</param>
    protected MqttEntity(OptionReader options, EntityServices services, string platform, string? name)
    {
        (Options, Services, Platform) = (options, services, platform);
        Qos = options.Whole("qos", 2) ?? 0;
        Encoding = options.Encoding("encoding");
        _plain = new CommandTemplate(null, Encoding);
        IsRetained = options.Flag("retain");
        _expiry = ReadExpiry(options);
        UniqueId = options.Text("unique_id");
        DefaultEntityId = options.Text("default_entity_id");
        Variables = new EntityVariables(DefaultEntityId ?? EntityIdOf(options, name), NameOf(options, name), Value.ToTemplate);
        Describe(options, name);
        ListenToAttributes(options);
        _availability = new Availability(options, Qos, Encoding, Variables, _inputs);
    }

    /// <summary>The platform of the contract.</summary>
    public string Platform { get; }

    /// <summary>What tells the entity from all others of its component; null: it has nothing of the kind.</summary>
    public string? UniqueId { get; }

    /// <summary>The topics that it listens to.</summary>
    public IReadOnlyList<TopicInput> Inputs => _inputs;

    /// <summary>Fields of the contract's entity, without key and platform.</summary>
    public JsonObject Description { get; } = [];

    /// <summary>The present state.</summary>
    public EntityValue Value { get; } = new();

    /// <summary>Whether the entity is available.</summary>
    public virtual bool IsAvailable => _availability.IsAvailable;

    /// <summary>
    /// Whether each message is a state of its own, also one that changes nothing (<c>expire_after</c>, <c>force_update</c>).
    /// </summary>
    public virtual bool PublishesEach => false;

    /// <summary>Whether it has a state at all.</summary>
    public virtual bool HasState => true;

    /// <summary>Whether a state has come, so that there is something to publish.</summary>
    public bool IsKnown { get; set; }

    /// <summary>
    /// The platform's own attributes: a device's own of these names are left out, as by Home Assistant's <c>mqtt</c>.
    /// </summary>
    protected virtual IReadOnlyCollection<string> Reserved => [];

    /// <summary>Whether states are assumed after a command, because none come in.</summary>
    protected bool IsOptimistic { get; private set; }

    /// <summary>The component's options.</summary>
    protected OptionReader Options { get; }

    /// <summary>What the entity uses of its surroundings.</summary>
    protected EntityServices Services { get; }

    /// <summary>The quality of service of everything that it publishes and subscribes to.</summary>
    protected int Qos { get; }

    /// <summary>The encoding of its messages; null for bytes.</summary>
    protected Encoding? Encoding { get; }

    /// <summary>Whether what it publishes is stored by the broker.</summary>
    protected bool IsRetained { get; }

    /// <summary>Variables of its templates.</summary>
    protected EntityVariables Variables { get; }

    private string? DefaultEntityId { get; }

    /// <summary>Carries out a command: what is to be published. An optimistic entity has its new state afterwards.</summary>
    /// <exception cref="CommandRefusedException">It cannot be carried out.</exception>
    public CommandPlan Execute(string action, JsonElement parameters)
    {
        _planned.Clear();
        var confirmed = Run(action, parameters);
        if (IsOptimistic)
        {
            IsKnown = true;
        }

        return new CommandPlan { Messages = [.. _planned], IsConfirmed = IsOptimistic ? null : confirmed };
    }

    /// <summary>
    /// Carries out a command by <see cref="Publish(string, ReadOnlyMemory{byte})"/>, and where <see cref="IsOptimistic"/> sets
    /// the new state. Returns how the state shows that it was done; null where it does not.
    /// </summary>
    protected virtual Func<bool>? Run(string action, JsonElement parameters) => throw Unknown(action);

    /// <summary>An action that the entity does not have.</summary>
    protected static CommandRefusedException Unknown(string action) =>
        new(CommandCodes.InvalidCommand, $"There is no {action} on this device.");

    /// <summary>Listens to a topic, if the option names one; returns whether it does.</summary>
    protected bool Listen(string option, Action<MqttMessage> take, bool asBytes = false)
    {
        if (Options.Subscription(option) is not { } filter)
        {
            return false;
        }

        _inputs.Add(new TopicInput(filter, Qos, asBytes ? null : Encoding, take));
        return true;
    }

    /// <summary>Publishes to a topic with the component's own settings.</summary>
    protected void Publish(string topic, ReadOnlyMemory<byte> payload) =>
        _planned.Add(new MqttPublish(topic, payload, Qos, IsRetained, _expiry));

    /// <summary>Publishes a text to a topic.</summary>
    protected void Publish(string topic, string payload) => Publish(topic, _plain.Render(payload, Variables));

    /// <summary>
    /// Assumes states where the option <c>optimistic</c> says so, or where no topic tells them: Home Assistant shows two
    /// buttons then.
    /// </summary>
    protected void AssumeStates(bool hasStateTopic)
    {
        IsOptimistic = Options.Flag("optimistic") || !hasStateTopic;
        if (IsOptimistic)
        {
            Description["assumed_state"] = true;
        }
    }

    /// <summary>
    /// Listens to a value that has topics of its own, and returns how it is set. It is assumed after a command where
    /// <c>optimistic</c> says so, or where no topic tells it.
    /// </summary>
    protected Control Control(string commandTopic, string commandTemplate, string stateTopic, Action<MqttMessage> take)
    {
        var topic = Options.Publication(commandTopic);
        var template = Options.CommandTemplate(commandTemplate);
        var isTold = Listen(stateTopic, take);
        return new Control(topic, template, isTold, Options.Flag("optimistic") || !isTold);
    }

    /// <summary>Sets a value that has topics of its own; nothing is sent where it has no command topic.</summary>
    protected void Send(Control control, object? value, IReadOnlyDictionary<string, object?>? further = null)
    {
        if (control.Topic is { } topic)
        {
            Publish(topic, control.Command.Render(value, Variables, further));
        }
    }

    /// <summary>Describes a list of texts, where it has any.</summary>
    protected void DescribeTexts(string name, IEnumerable<string>? texts)
    {
        if (texts?.Distinct(StringComparer.Ordinal).Select(text => (JsonNode)text).ToArray() is { Length: > 0 } list)
        {
            Description[name] = new JsonArray(list);
        }
    }

    /// <summary>Describes a number, where it is given.</summary>
    protected void DescribeNumber(string name, double? number)
    {
        if (number is { } value)
        {
            Description[name] = value;
        }
    }

    /// <summary>Copies options into the description as they are, where they are given and not null.</summary>
    protected void Copy(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Options.Node(name) is { } node)
            {
                Description[name] = node.DeepClone();
            }
        }
    }

    /// <summary>
    /// Describes <c>expire_after</c> and <c>force_update</c>; returns whether states expire, and whether each one counts.
    /// </summary>
    protected (bool Expires, bool IsForced) DescribeExpiry()
    {
        var seconds = Options.Whole("expire_after") ?? 0;
        var isForced = Options.Flag("force_update");
        if (seconds > 0)
        {
            Description["expire_after"] = seconds;
        }

        if (isForced)
        {
            Description["force_update"] = true;
        }

        return (seconds > 0, isForced);
    }

    /// <summary>Adds a feature to the description.</summary>
    protected void Feature(string name, bool isThere = true)
    {
        if (isThere && _features.Add(name))
        {
            Description["supported_features"] =
                new JsonArray([.. _features.Order(StringComparer.Ordinal).Select(one => (JsonNode)one)]);
        }
    }

    /// <summary>
    /// Describes that it has no features but the ones added: without a list it would have its platform's usual ones.
    /// </summary>
    protected void FeaturesAreComplete() => Description["supported_features"] ??= new JsonArray();

    /// <summary>Sets the state, and that there is one.</summary>
    protected void SetState(JsonNode? state)
    {
        Value.State = state;
        IsKnown = true;
    }

    /// <summary>Sets an attribute, and that there is a state.</summary>
    protected void SetAttribute(string name, JsonNode? value)
    {
        Value[name] = value;
        IsKnown = true;
    }

    /// <summary>Notes that a message was not used, and why.</summary>
    protected void Ignore(in MqttMessage message, string why) => Services.Ignored(message.Topic, why);

    /// <summary>Renders a value; false, and noted, where the message is not used.</summary>
    protected bool TryRender(ValueTemplate template, in MqttMessage message, out string text, bool keepsPayload = true)
    {
        var rendered = template.Render(message, Variables, keepsPayload);
        text = rendered.Text;
        if (rendered.Error is { } error)
        {
            Ignore(message, error);
        }

        return rendered.IsUsable;
    }

    private static string? NameOf(OptionReader options, string? otherwise) =>
        options.Has("name") ? options.NullableText("name") : options.Has("device_class") ? null : otherwise;

    /// <summary>The entity id that Home Assistant would make of the names, for templates; it may have another one.</summary>
    private string EntityIdOf(OptionReader options, string? name)
    {
        var device = (options.Node("device") as JsonObject)?["name"];
        var own = NameOf(options, name) ?? (options.Has("name") ? null : OptionReader.TextOf(options.Node("device_class")));
        return $"{Platform}.{Slug.Of($"{OptionReader.TextOf(device)} {own}")}";
    }

    private static int? ReadExpiry(OptionReader options)
    {
        if (options.Node("message_expiry_interval") is not JsonObject)
        {
            return options.Whole("message_expiry_interval");
        }

        var parts = options.Object("message_expiry_interval")!;
        var seconds = ((parts.Number("days") ?? 0) * 86_400) + ((parts.Number("hours") ?? 0) * 3_600)
            + ((parts.Number("minutes") ?? 0) * 60) + (parts.Number("seconds") ?? 0);
        options.Add(parts);
        return (int)Math.Clamp(seconds, 0, int.MaxValue);
    }

    private void Describe(OptionReader options, string? name)
    {
        if (options.Has("name"))
        {
            Description["name"] = options.NullableText("name");
        }
        else if (options.Node("device_class") is null)
        {
            Description["name"] = name;
        }

        Copy("icon", "entity_picture", "entity_category");
        if (!options.Flag("enabled_by_default", true))
        {
            Description["enabled_by_default"] = false;
        }

        if (!options.Flag("visible_by_default", true))
        {
            Description["visible_by_default"] = false;
        }

        if (DefaultEntityId is { } wanted)
        {
            // Home Assistant takes the part after the point, whatever platform is named before it.
            var point = wanted.IndexOf('.', StringComparison.Ordinal);
            Description["default_entity_id"] = $"{Platform}.{wanted[(point + 1)..]}";
        }
    }

    private void ListenToAttributes(OptionReader options)
    {
        var template = options.ValueTemplate("json_attributes_template");
        Listen("json_attributes_topic", message =>
        {
            if (!TryRender(template, message, out var text))
            {
                return;
            }

            try
            {
                using var document = JsonDocument.Parse(text);
                if (document.RootElement.ValueKind != JsonValueKind.Object)
                {
                    Ignore(message, "the attributes are no JSON object");
                    return;
                }

                var extra = new JsonObject();
                foreach (var member in document.RootElement.EnumerateObject().Where(IsOwn))
                {
                    extra[member.Name] = JsonSerializer.SerializeToNode(member.Value);
                }

                TakeAttributes(extra);
                IsKnown = true;
            }
            catch (JsonException)
            {
                Ignore(message, "the attributes are no JSON");
            }
        });
    }

    private bool IsOwn(JsonProperty member) => !Blocked.Contains(member.Name) && !Reserved.Contains(member.Name);

    /// <summary>Takes the attributes of <c>json_attributes_topic</c>.</summary>
    protected virtual void TakeAttributes(JsonObject attributes) => Value.Extra = attributes;
}
