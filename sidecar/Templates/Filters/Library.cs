using System.Collections.Frozen;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Where a function of the environment can be used.</summary>
[Flags]
internal enum Use
{
    Filter = 1,
    Global = 2,
    Test = 4,
    Both = Filter | Global,
    All = Filter | Global | Test,
}

/// <summary>A function and where it can be used.</summary>
internal sealed record Entry(Use Use, string Name, string Signature, Body Body);

/// <summary>All filters, tests and functions.</summary>
internal static class Library
{
    private static readonly Entry[] Entries =
    [
        .. CastFilters.All, .. TextFilters.All, .. MarkupFilters.All, .. SequenceFilters.All, .. SelectionFilters.All,
            .. SetFilters.All,
        .. MathFilters.All, .. RoundingFilters.All, .. StatisticFilters.All, .. FunctionFilters.All, .. RegexFilters.All,
            .. JsonFilters.All,
        .. BinaryFilters.All, .. TimeFilters.All, .. DurationFilters.All, .. ValueTests.All,
    ];

    public static FrozenDictionary<string, Function> Filters { get; } = Table(Use.Filter);

    public static FrozenDictionary<string, Function> Tests { get; } = Table(Use.Test);

    public static FrozenDictionary<string, object?> Globals { get; } = Table(Use.Global)
        .Select(pair => KeyValuePair.Create(pair.Key, (object?)pair.Value))
        .Append(new("pi", Math.PI)).Append(new("e", Math.E)).Append(new("tau", Math.Tau))
        .ToFrozenDictionary();

    /// <summary>Filters and tests of Home Assistant that need its states and registries.</summary>
    public static FrozenSet<string> NeedsStates { get; } = FrozenSet.Create(
        "area_devices", "area_entities", "area_id", "area_name", "closest", "config_entry_attr", "config_entry_id", "device_attr",
        "device_entities", "device_id", "device_name", "distance", "entity_name", "expand", "floor_areas", "floor_entities",
            "floor_id",
        "floor_name", "has_value", "integration_entities", "is_device_attr", "is_hidden_entity", "is_state", "is_state_attr",
            "issue",
        "label_areas", "label_description", "label_devices", "label_entities", "label_id", "label_name", "labels", "state_attr",
        "state_attr_translated", "state_translated", "states");

    /// <summary>A filter by a name that is a value, as in <c>map('upper')</c>.</summary>
    public static Function Filter(object? name) => Find(Filters, "filter", name);

    public static Function Test(object? name) => Find(Tests, "test", name);

    private static Function Find(FrozenDictionary<string, Function> table, string what, object? name) =>
        name is Undefined undefined ? throw Fail.Runtime($"{undefined.Message}; write the name of the {what} in quotes")
        : table.TryGetValue(Types.AsText(name) ?? "", out var function) ? function
        : throw Fail.Runtime($"there is no {what} '{Show.Brief(name)}'{Parsing.Suggestion.For(Show.Text(name), table.Keys)}");

    private static FrozenDictionary<string, Function> Table(Use use) => Entries
        .Where(entry => entry.Use.HasFlag(use))
        .ToFrozenDictionary(entry => entry.Name, entry => new Function(entry.Name, entry.Signature, entry.Body));
}
