namespace HaNatsBridge.Contract.Platforms;

/// <summary>
/// What a description means for states and commands, compiled once: the declared limits, words and features of one entity, shared
/// by all entities of a device that declare the same. Immutable.
/// </summary>
internal sealed class EntityRules : IEquatable<EntityRules>
{
    private readonly object?[] _values;

    /// <param name="platform">The definition of its platform.</param>
    /// <param name="features">One bit a feature, in the platform's order.</param>
    /// <param name="values">By <see cref="FieldRule.Slot"/>: a double, a string, a bool, an <see cref="OptionSet"/>, a <see
    /// cref="TextPattern"/>, or null.</param>
    public EntityRules(PlatformDefinition platform, ulong features, object?[] values)
    {
        Platform = platform;
        Features = features;
        _values = values;
        State = platform.StateOf(this);
    }

    public PlatformDefinition Platform { get; }

    public ulong Features { get; }

    /// <summary>The rule of its state; null where the platform has none.</summary>
    public ValueRule? State { get; }

    public double? Number(FieldRule? field) => field is null ? null : _values[field.Slot] as double?;

    public string? Text(FieldRule? field) => field is null ? null : _values[field.Slot] as string;

    public bool Flag(FieldRule field) => _values[field.Slot] is true;

    public OptionSet? Options(FieldRule? field) => field is null ? null : _values[field.Slot] as OptionSet;

    public TextPattern? Pattern(FieldRule? field) => field is null ? null : _values[field.Slot] as TextPattern;

    public bool Has(string feature) => Platform.FeatureBit(feature) is { } bit && (Features & bit) != 0;

    public bool Equals(EntityRules? other) =>
        other is not null && ReferenceEquals(Platform, other.Platform) && Features == other.Features
        && _values.AsSpan().SequenceEqual(other._values);

    public override bool Equals(object? obj) => Equals(obj as EntityRules);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Platform.Name, StringComparer.Ordinal);
        hash.Add(Features);
        foreach (var value in _values)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }
}
