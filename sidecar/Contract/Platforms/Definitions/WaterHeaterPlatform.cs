using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>water_heater</c>. Its state is the operation mode: a declared one, or one of Home Assistant's own.
/// Temperatures are in the entity's own <c>temperature_unit</c>.
/// </summary>
internal sealed class WaterHeaterPlatform : PlatformDefinition
{
    public WaterHeaterPlatform()
        : base("water_heater")
    {
        var minTemp = Number("min_temp");
        var maxTemp = Number("max_temp");
        Number("target_temp_step", 0);
        Word("temperature_unit", "°C", "°F", "K");
        Number("precision", 0);
        var operations = Texts("operation_list", implies: "operation_mode");
        FeatureNames("target_temperature", "operation_mode", "away_mode", "on_off");

        var number = new NumberRule();
        State = new WordRule
        {
            Field = operations,
            Always = new OptionSet(["off", "eco", "electric", "performance", "high_demand", "heat_pump", "gas"]),
        };
        Attribute("current_temperature", number);
        Attribute("temperature", number);
        Attribute("target_temp_high", number);
        Attribute("target_temp_low", number);
        Attribute("away_mode", new OnOffRule());

        var operation = new WordRule { Field = operations };
        Action("set_temperature", "target_temperature")
            .Required("temperature", new NumberRule { MinField = minTemp, MaxField = maxTemp })
            .Param(new ParamRule("operation_mode", operation) { Feature = "operation_mode" });
        Action("set_operation_mode", "operation_mode").Required("operation_mode", operation);
        Action("set_away_mode", "away_mode").Required("away_mode", new BooleanRule());
        Action("turn_on", "on_off");
        Action("turn_off", "on_off");
    }

    public override void Check(EntityDraft draft) => draft.RequireAtMost("min_temp", "max_temp");
}
