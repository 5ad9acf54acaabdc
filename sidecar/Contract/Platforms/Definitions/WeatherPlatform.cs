using System.Text.Json;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms.Generated;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>weather</c>. Its state is the condition. Values are in the entity's own units; Home Assistant asks for a
/// forecast when somebody looks at it.
/// </summary>
internal sealed class WeatherPlatform : PlatformDefinition
{
    private static readonly OptionSet Conditions = new(
    [
        "clear-night", "cloudy", "exceptional", "fog", "hail", "lightning", "lightning-rainy", "partlycloudy", "pouring",
        "rainy", "snowy", "snowy-rainy", "sunny", "windy", "windy-variant",
    ]);

    private static readonly OptionSet Points = new(
        ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"]);

    public WeatherPlatform()
        : base("weather")
    {
        Unit("temperature_unit", "temperature");
        Unit("pressure_unit", "pressure");
        Unit("wind_speed_unit", "wind_speed");
        Unit("visibility_unit", "distance");
        Unit("precipitation_unit", "distance");
        Positive("precision");
        FeatureNames("forecast_daily", "forecast_hourly", "forecast_twice_daily");

        var condition = new WordRule { Words = Conditions };
        var number = new NumberRule();
        var amount = new NumberRule { Min = 0 };
        var percent = new NumberRule { Min = 0, Max = 100 };
        var bearing = new EitherRule(new NumberRule { Min = 0, Max = 360 }, new WordRule { Words = Points });
        State = condition;
        Attribute("temperature", number);
        Attribute("apparent_temperature", number);
        Attribute("dew_point", number);
        Attribute("humidity", percent);
        Attribute("pressure", amount);
        Attribute("wind_bearing", bearing);
        Attribute("wind_speed", amount);
        Attribute("wind_gust_speed", amount);
        Attribute("visibility", amount);
        Attribute("cloud_coverage", percent);
        Attribute("uv_index", amount);
        Attribute("ozone", amount);

        var forecast = new RecordsRule(
            new MemberRule("datetime", new TimeRule()) { Required = true },
            new MemberRule("is_daytime", new BooleanRule()),
            new MemberRule("condition", condition),
            new MemberRule("temperature", number),
            new MemberRule("templow", number),
            new MemberRule("apparent_temperature", number),
            new MemberRule("dew_point", number),
            new MemberRule("humidity", percent),
            new MemberRule("pressure", amount),
            new MemberRule("precipitation", amount),
            new MemberRule("precipitation_probability", percent),
            new MemberRule("wind_bearing", bearing),
            new MemberRule("wind_speed", amount),
            new MemberRule("wind_gust_speed", amount),
            new MemberRule("cloud_coverage", percent),
            new MemberRule("uv_index", amount));
        Action(new ActionRule("get_forecasts")
            {
                Features = ["forecast_daily", "forecast_hourly", "forecast_twice_daily"],
                Together = RefuseType,
                Response = new ResponseRule("forecast", forecast),
            })
            .Required("type", new WordRule { Words = new OptionSet(["daily", "hourly", "twice_daily"]) });
    }

    /// <summary>A field that takes the units between which Home Assistant converts.</summary>
    private void Unit(string field, string deviceClass) =>
        Word(field, [.. DeviceClassTables.Sensor[deviceClass].Convertible.OfType<string>()]);

    private static (string Name, string Message)? RefuseType(EntityRules rules, JsonElement parameters) =>
        JsonFields.Text(parameters, "type") is { } type && !rules.Has($"forecast_{type}")
            ? ("type", $"the description does not have the feature forecast_{type}")
            : null;
}
