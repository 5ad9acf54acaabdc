using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms.Generated;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>
/// Checks units, device classes and state classes together. What Home Assistant raises is an error, what it warns of a warning.
/// </summary>
internal static class UnitRules
{
    private const string Unit = "unit_of_measurement";

    /// <summary>
    /// Brings a unit into Home Assistant's spelling: μ is U+03BC there, and var is in lower case. A blank one is none.
    /// </summary>
    public static void Spell(EntityDraft draft, string field)
    {
        if (string.IsNullOrWhiteSpace(draft.Text(field)))
        {
            draft.LeaveOut(field);
        }

        if (draft.Text(field) is { } unit && DeviceClassTables.AmbiguousUnits.TryGetValue(unit, out var spelled))
        {
            draft.Correct(field, spelled);
        }
    }

    /// <summary>
    /// Leaves out a device class that the unit does not fit, with a warning: Home Assistant warns of it, and refuses a number
    /// from 2027.5 on. The unit and the value stay.
    /// </summary>
    /// <returns>The device class that stays.</returns>
    public static DeviceClass? CheckClass(EntityDraft draft, DeviceClass? deviceClass)
    {
        if (deviceClass is null || !deviceClass.IsNumeric || deviceClass.Units is not { } units)
        {
            return deviceClass;
        }

        var unit = draft.Text(Unit);
        if (units.Contains(unit))
        {
            return deviceClass;
        }

        var expected = Bounded.Text(string.Join(", ", units.Select(u => u ?? "no unit")), 200);
        var fault = unit is null
            ? $"device class {deviceClass.Name} needs a unit: one of {expected}"
            : $"{Bounded.Text(unit, 64)} is no unit of device class {deviceClass.Name}; expected one of {expected}";
        draft.Warn(Unit, fault + "; the device class is left out", AnnounceCodes.UnitWithoutClass);
        draft.LeaveOut("device_class");
        return null;
    }
}

/// <summary>A device class of Home Assistant and what fits it.</summary>
/// <param name="Name">As <c>temperature</c>.</param>
/// <param name="IsNumeric">Whether a state of it is a number.</param>
/// <param name="Units">The units that fit; null among them: no unit; null as a whole: any.</param>
/// <param name="StateClasses">The state classes that fit; null: any.</param>
/// <param name="Convertible">The units between which Home Assistant converts.</param>
internal sealed record DeviceClass(string Name, bool IsNumeric, string?[]? Units, string[]? StateClasses, string?[] Convertible);
