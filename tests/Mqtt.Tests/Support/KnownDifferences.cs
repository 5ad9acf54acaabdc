namespace HaNatsBridge.Mqtt.Tests.Support;

/// <summary>
/// Where a device over MQTT is not the same as with Home Assistant's own mqtt, each with its reason. docs/mqtt.md tells people.
/// </summary>
internal static class KnownDifferences
{
    /// <summary>Attributes that are not compared, by name or by platform and name.</summary>
    public static IReadOnlyDictionary<string, string> Attributes { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["friendly_name"] = "Home Assistant makes it of the names",
        ["supported_features"] = "compared with the names of the features",
        ["access_token"] = "Home Assistant's own",
        ["camera.entity_picture"] = "Home Assistant's own address of the picture",
        ["image.entity_picture"] = "Home Assistant's own address of the picture",
        ["cover.is_closed"] = "Home Assistant derives it from the state",
        ["valve.is_closed"] = "Home Assistant derives it from the state",
        ["water_heater.operation_mode"] = "it is the state",
        ["device_tracker.tracking_type"] = "Home Assistant's own",
        ["device_tracker.in_zones"] = "Home Assistant looks positions up in its zones",
        ["update.auto_update"] = "Home Assistant's default",
        ["update.display_precision"] = "Home Assistant's default",
        ["update.skipped_version"] = "Home Assistant's own",
        ["update.entity_picture"] = "Home Assistant's picture of the integration",
        ["update.in_progress"] = "false is the same as left out",
        ["light.hs_color"] = "compared in the mode hs alone: Home Assistant converts colours",
        ["light.xy_color"] = "compared in the mode xy alone: Home Assistant converts colours",
        ["light.rgb_color"] = "compared in the mode rgb alone: Home Assistant converts colours",
        ["light.group_entities"] = "the option group names entities of Home Assistant",
    };

    /// <summary>Words that Home Assistant shows although the description does not declare them; here they are unknown.</summary>
    public static IReadOnlyDictionary<string, string> Declared { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["fan_mode"] = "fan_modes",
        ["swing_mode"] = "swing_modes",
        ["swing_horizontal_mode"] = "swing_horizontal_modes",
        ["effect"] = "effect_list",
        ["fan_speed"] = "fan_speed_list",
    };

    /// <summary>Numbers that Home Assistant rounds for showing, to the entity's precision: up to half a degree.</summary>
    public static IReadOnlyList<string> Rounded { get; } =
        ["current_temperature", "temperature", "target_temp_high", "target_temp_low"];

    /// <summary>States that are not compared, by platform.</summary>
    public static IReadOnlyDictionary<string, string> States { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["button"] = "Home Assistant's time of the last use",
        ["scene"] = "Home Assistant's time of the last use",
        ["notify"] = "Home Assistant's time of the last use",
        ["infrared"] = "Home Assistant's time of the last use",
        ["event"] = "Home Assistant's time of the event; the event is compared",
        ["camera"] = "Home Assistant's; the picture is compared",
        ["image"] = "Home Assistant's time of the picture",
        ["update"] = "Home Assistant compares the versions",
    };

    /// <summary>What is different in single records: record and unique id, with what differs.</summary>
    public static IReadOnlyDictionary<string, string> Entities { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["products/029_cover_tilt_templates.json cov1"] =
            "position and state come with one message: Home Assistant takes them in any order, here the position is first",
    };

    /// <summary>
    /// Commands that Home Assistant changes before they reach an integration, by service or by service and field.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Commands { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["light.turn_on color_name"] = "Home Assistant looks the name up and converts the colour",
        ["light.turn_on *_color"] = "Home Assistant converts a colour to a mode that the light has",
        ["alarm_control_panel.alarm_arm_*"] = "Home Assistant refuses to arm without a code where one is required",
    };
}
