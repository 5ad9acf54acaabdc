using HaNatsBridge.Contract.Platforms.Generated;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>number</c>. Values are in the device's own unit.</summary>
internal sealed class NumberPlatform : PlatformDefinition
{
    /// <summary>Home Assistant's default where a description declares no limits.</summary>
    private const double DefaultMin = 0;

    private const double DefaultMax = 100;

    public NumberPlatform()
        : base("number")
    {
        DeviceClasses(DeviceClassTables.Number.Values.Select(c => c.Name).Order(StringComparer.Ordinal));
        var min = Number("min");
        var max = Number("max");
        Positive("step");
        Word("mode", "auto", "box", "slider");
        Text("unit_of_measurement");
        State = new NumberRule();
        Action("set_value")
            .Required("value", new NumberRule { Min = DefaultMin, Max = DefaultMax, MinField = min, MaxField = max });
    }

    public override void Check(EntityDraft draft)
    {
        draft.RequireAtMost("min", "max");
        if (!draft.Has("max") && draft.Number("min") > DefaultMax)
        {
            draft.Error("min", "expected at most max, which is 100 when it is not given");
        }

        if (!draft.Has("min") && draft.Number("max") < DefaultMin)
        {
            draft.Error("max", "expected at least min, which is 0 when it is not given");
        }

        UnitRules.Spell(draft, "unit_of_measurement");
        UnitRules.CheckClass(draft, DeviceClassTables.Number.GetValueOrDefault(draft.Text("device_class") ?? ""));
    }
}
