using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms.Generated;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>What units, device classes and state classes say together, with Home Assistant's own severity: it raises, an error; it warns, a warning.</summary>
internal static class UnitRules
{
    private const string Unit = "unit_of_measurement";

    /// <summary>Brings a unit into Home Assistant's spelling: μ is U+03BC there, and var is in lower case.</summary>
    public static void Spell(EntityDraft draft, string field)
    {
        if (draft.Text(field) is { } unit && DeviceClassTables.AmbiguousUnits.TryGetValue(unit, out var spelled))
        {
            draft.Correct(field, spelled);
        }
    }

    /// <summary>Warns of a unit that does not fit its device class.</summary>
    public static void CheckClass(EntityDraft draft, DeviceClass? deviceClass)
    {
        if (deviceClass is null || !deviceClass.IsNumeric || deviceClass.Units is not { } units)
        {
            return;
        }

        var unit = draft.Text(Unit);
        if (units.Contains(unit))
        {
            return;
        }

        var expected = string.Join(", ", units.Select(u => u ?? "no unit"));
        draft.Warn(Unit, unit is null
            ? $"device class {deviceClass.Name} needs a unit: one of {Bounded.Text(expected, 200)}"
            : $"{Bounded.Text(unit, 64)} is no unit of device class {deviceClass.Name}; expected one of {Bounded.Text(expected, 200)}");
    }
}
