using System.Text.Json;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms.Rules;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>
/// One platform of Home Assistant as data: the fields of a description, the features, the state, its attributes, and the actions.
/// A platform is one file that fills this in its constructor, and a line in <see cref="PlatformCatalog"/>. Immutable after that.
/// </summary>
internal abstract class PlatformDefinition(string name)
{
    private readonly List<FieldRule> _fields = [];
    private readonly List<AttributeRule> _attributes = [];
    private readonly List<ActionRule> _actions = [];
    private string[] _features = [];

    public string Name { get; } = name;

    /// <summary>For a message: <c>an event</c>.</summary>
    public string NameWithArticle { get; } = ("aeiou".Contains(name[0], StringComparison.Ordinal) ? "an " : "a ") + name;

    /// <summary>The platform's own fields, in the order of the normal form.</summary>
    public IReadOnlyList<FieldRule> Fields => _fields;

    /// <summary>The names of the features, in lower case.</summary>
    public IReadOnlyList<string> Features => _features;

    /// <summary>What a description without <c>supported_features</c> has: as Home Assistant's own default.</summary>
    public string[] DefaultFeatures { get; protected init; } = [];

    /// <summary>The state; null where there is none.</summary>
    public ValueRule? State { get; protected init; }

    /// <summary>Whether it has events, on <c>.event.{key}</c>, and no state.</summary>
    public bool IsEvent { get; protected init; }

    /// <summary>The type of an event that names none; null: it must name one.</summary>
    public string? OwnEventType { get; protected init; }

    /// <summary>Whether Home Assistant refuses an entity of category <c>config</c>.</summary>
    public bool RefusesConfigCategory { get; protected init; }

    public IReadOnlyList<AttributeRule> Attributes => _attributes;

    public IReadOnlyList<ActionRule> Actions => _actions;

    /// <summary>The rule of the state for one entity, where it depends on the description.</summary>
    public virtual ValueRule? StateOf(EntityRules rules) => State;

    /// <summary>The types of one entity's events; null when it has no events.</summary>
    public virtual OptionSet? EventTypesOf(EntityRules rules) => null;

    /// <summary>The attributes that Home Assistant acts on, in the events of one entity. Others may be there too.</summary>
    public virtual IReadOnlyList<ParamRule> EventAttributesOf(EntityRules rules) => [];

    /// <summary>Whether the description makes the state a secret.</summary>
    public virtual bool HasSecretState(EntityRules rules) => false;

    /// <summary>Checks the fields together, after each has been checked alone, and corrects their spelling.</summary>
    public virtual void Check(EntityDraft draft)
    {
    }

    /// <summary>Checks the parts of a state together, and adds what follows from the rest, before it is written.</summary>
    public virtual void Complete(EntityRules rules, ref StateParts parts, ref StateMemory memory)
    {
    }

    public ulong? FeatureBit(string feature)
    {
        var index = Array.IndexOf(_features, feature);
        return index < 0 ? null : 1UL << index;
    }

    public FieldRule? FindField(string field) => _fields.Find(f => f.Name == field);

    public ActionRule? FindAction(string action) => _actions.Find(a => a.Name == action);

    /// <summary>The index of a known attribute; -1 for an extra one.</summary>
    public int AttributeIndex(ReadOnlySpan<byte> utf8)
    {
        for (var i = 0; i < _attributes.Count; i++)
        {
            if (_attributes[i].Is(utf8))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Compiles a normalised or stored description.</summary>
    public EntityRules Compile(JsonElement entity)
    {
        var values = new object?[_fields.Count];
        foreach (var field in _fields)
        {
            if (entity.TryGetProperty(field.Name, out var value))
            {
                values[field.Slot] = field.Compile(value);
            }
        }

        var features = 0UL;
        if (entity.TryGetProperty("supported_features", out var names) && names.ValueKind == JsonValueKind.Array)
        {
            foreach (var feature in names.EnumerateArray())
            {
                features |= feature.ValueKind == JsonValueKind.String ? FeatureBit(feature.GetString()!) ?? 0 : 0;
            }
        }

        return new EntityRules(this, features, values);
    }

    protected void FeatureNames(params string[] names) => _features = names;

    protected FieldRule DeviceClasses(IEnumerable<string> classes) => WordInAnyCase("device_class", [.. classes]);

    protected FieldRule WordInAnyCase(string field, params string[] words) =>
        Add(new FieldRule
        {
            Name = field, Kind = FieldKind.Word, Words = new OptionSet(words), AnyCase = true, Slot = _fields.Count,
        });

    protected FieldRule Word(string field, params string[] words) =>
        Add(new FieldRule { Name = field, Kind = FieldKind.Word, Words = new OptionSet(words), Slot = _fields.Count });

    protected FieldRule Words(string field, string[] words, bool required = false, string? implies = null) =>
        Add(new FieldRule
        {
            Name = field, Kind = FieldKind.Words, Words = new OptionSet(words), Required = required, Implies = implies,
            Slot = _fields.Count,
        });

    protected FieldRule Texts(string field, bool required = false, string? implies = null) =>
        Add(new FieldRule { Name = field, Kind = FieldKind.Texts, Required = required, Implies = implies, Slot = _fields.Count });

    /// <summary>A list of objects with these members, of which the first identifies the object.</summary>
    protected FieldRule Objects(string field, string? implies, params FieldRule[] members) =>
        Add(new FieldRule { Name = field, Kind = FieldKind.Objects, Implies = implies, Members = members, Slot = _fields.Count });

    protected FieldRule Text(string field, int maxLength = 255) =>
        Add(new FieldRule { Name = field, Kind = FieldKind.Text, MaxLength = maxLength, Slot = _fields.Count });

    protected FieldRule Text(string field, TextFormat format) =>
        Add(new FieldRule { Name = field, Kind = FieldKind.Text, Format = format, Slot = _fields.Count });

    protected FieldRule Flag(string field, bool required = false) =>
        Add(new FieldRule { Name = field, Kind = FieldKind.Flag, Required = required, Slot = _fields.Count });

    protected FieldRule Pattern(string field) =>
        Add(new FieldRule { Name = field, Kind = FieldKind.Pattern, Slot = _fields.Count });

    protected FieldRule WordsInOrder(string field, string[] words) =>
        Add(new FieldRule
        {
            Name = field, Kind = FieldKind.Words, Words = new OptionSet(words), Required = true, AtLeastOne = true,
            KeepsOrder = true, Slot = _fields.Count,
        });

    protected FieldRule Number(string field, double min = double.MinValue, double max = double.MaxValue) =>
        Add(new FieldRule { Name = field, Kind = FieldKind.Number, Min = min, Max = max, Slot = _fields.Count });

    protected FieldRule Positive(string field, double max = double.MaxValue, string? implies = null) =>
        Add(new FieldRule
        {
            Name = field, Kind = FieldKind.Number, Positive = true, Max = max, Implies = implies, Slot = _fields.Count,
        });

    /// <summary>A list of pairs, each a lowest and a highest whole number.</summary>
    protected FieldRule Ranges(string field, bool required = false) =>
        Add(new FieldRule
        {
            Name = field, Kind = FieldKind.Ranges, Min = 0, Required = required, AtLeastOne = true, Slot = _fields.Count,
        });

    protected FieldRule Whole(string field, double min, double max) =>
        Add(new FieldRule { Name = field, Kind = FieldKind.Whole, Min = min, Max = max, Slot = _fields.Count });

    protected void Attribute(string attribute, ValueRule rule) => _attributes.Add(new AttributeRule(attribute, rule));

    protected ActionRule Action(ActionRule action)
    {
        _actions.Add(action);
        return action;
    }

    protected ActionRule Action(string action, params string[] features) =>
        Action(new ActionRule(action) { Features = features });

    private FieldRule Add(FieldRule field)
    {
        _fields.Add(field);
        return field;
    }
}
