using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms.Generated;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>sensor</c>: what its state is, number, text, time, date or option, follows from the description.
/// </summary>
internal sealed class SensorPlatform : PlatformDefinition
{
    private readonly FieldRule _deviceClass;
    private readonly FieldRule _stateClass;
    private readonly FieldRule _unit;
    private readonly FieldRule _precision;
    private readonly FieldRule _options;
    private readonly NumberRule _number = new();
    private readonly TextRule _text = new();
    private readonly TimeRule _time = new();
    private readonly DateRule _date = new();
    private readonly WordRule _option;

    public SensorPlatform()
        : base("sensor")
    {
        _deviceClass = DeviceClasses(DeviceClassTables.Sensor.Values.Select(c => c.Name).Order(StringComparer.Ordinal));
        _stateClass = WordInAnyCase("state_class", DeviceClassTables.StateClasses);
        _unit = Text("unit_of_measurement");
        Text("suggested_unit_of_measurement");
        _precision = Whole("suggested_display_precision", 0, int.MaxValue);
        _options = Texts("options");
        _option = new WordRule { Field = _options };
        Attribute("last_reset", new LastResetRule(_stateClass, _time));
        State = _text;
        RefusesConfigCategory = true;
    }

    public override ValueRule StateOf(EntityRules rules)
    {
        var deviceClass = rules.Text(_deviceClass);
        switch (deviceClass)
        {
            case "timestamp" or "uptime":
                return _time;
            case "date":
                return _date;
            case "enum":
                return rules.Options(_options) is { Count: > 0 } ? _option : _text;
        }

        // As _numeric_state_expected of Home Assistant: a class that it does not know does not count.
        var isNumeric = deviceClass is not null && DeviceClassTables.Sensor.ContainsKey(deviceClass)
            || rules.Text(_stateClass) is not null || rules.Text(_unit) is not null || rules.Number(_precision) is not null;
        return isNumeric ? _number : _text;
    }

    public override void Check(EntityDraft draft)
    {
        UnitRules.Spell(draft, "unit_of_measurement");
        UnitRules.Spell(draft, "suggested_unit_of_measurement");
        var deviceClass = DeviceClassTables.Sensor.GetValueOrDefault(draft.Text("device_class") ?? "");
        if (deviceClass is { IsNumeric: false } && draft.Has("unit_of_measurement"))
        {
            draft.Error("unit_of_measurement", $"device class {deviceClass.Name} is not numeric and has no unit");
        }

        if (draft.Has("options") && deviceClass?.Name != "enum")
        {
            draft.Error("options", "options need the device class enum");
        }

        var fitting = UnitRules.CheckClass(draft, deviceClass);
        CheckStateClass(draft, fitting);
        if (fitting is null && deviceClass is not null)
        {
            // Home Assistant converts by the device class only.
            draft.LeaveOut("suggested_unit_of_measurement");
            return;
        }

        CheckSuggestedUnit(draft, deviceClass);
    }

    private static void CheckStateClass(EntityDraft draft, DeviceClass? deviceClass)
    {
        if (draft.Text("state_class") is not { } stateClass)
        {
            return;
        }

        if (deviceClass?.StateClasses is { } fitting && !fitting.Contains(stateClass))
        {
            var expected = fitting.Length == 0 ? "none" : "none or one of " + string.Join(", ", fitting);
            draft.Warn("state_class", $"{stateClass} is impossible with device class {deviceClass.Name}; expected {expected}");
        }

        if (DeviceClassTables.StateClassUnits.TryGetValue(stateClass, out var units)
            && !units.Contains(draft.Text("unit_of_measurement")))
        {
            draft.Error("unit_of_measurement", $"state class {stateClass} needs the unit {string.Join(", ", units)}");
        }
    }

    private static void CheckSuggestedUnit(EntityDraft draft, DeviceClass? deviceClass)
    {
        if (draft.Text("suggested_unit_of_measurement") is not { } suggested || suggested == draft.Text("unit_of_measurement"))
        {
            return;
        }

        if (deviceClass is null || !deviceClass.Convertible.Contains(suggested)
            || !deviceClass.Convertible.Contains(draft.Text("unit_of_measurement")))
        {
            var unit = Bounded.Text(draft.Text("unit_of_measurement") ?? "no unit", 64);
            draft.Error("suggested_unit_of_measurement", $"Home Assistant cannot convert {unit} to {Bounded.Text(suggested, 64)}"
                + (deviceClass is null ? " without a device class" : $" for device class {deviceClass.Name}"));
        }
    }
}
