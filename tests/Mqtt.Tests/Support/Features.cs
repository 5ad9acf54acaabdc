namespace HaNatsBridge.Mqtt.Tests.Support;

/// <summary>The numbers of Home Assistant's features, for records that have them.</summary>
internal static class Features
{
    private static readonly Dictionary<string, string> All = new(StringComparer.Ordinal)
    {
        ["alarm_control_panel"] = "arm_home=1 arm_away=2 arm_night=4 trigger=8 arm_custom_bypass=16 arm_vacation=32",
        ["climate"] = "target_temperature=1 target_temperature_range=2 target_humidity=4 fan_mode=8 preset_mode=16 swing_mode=32 "
            + "turn_off=128 turn_on=256 swing_horizontal_mode=512",
        ["cover"] = "open=1 close=2 set_position=4 stop=8 open_tilt=16 close_tilt=32 stop_tilt=64 set_tilt_position=128",
        ["fan"] = "set_speed=1 oscillate=2 direction=4 preset_mode=8 turn_off=16 turn_on=32",
        ["humidifier"] = "modes=1",
        ["lawn_mower"] = "start_mowing=1 pause=2 dock=4 stop=8",
        ["light"] = "effect=4 flash=8 transition=32",
        ["lock"] = "open=1",
        ["notify"] = "title=1",
        ["siren"] = "turn_on=1 turn_off=2 tones=4 volume_set=8 duration=16",
        ["update"] = "install=1 specific_version=2 progress=4 backup=8 release_notes=16",
        ["vacuum"] = "pause=4 stop=8 return_home=16 fan_speed=32 status=128 send_command=256 locate=512 clean_spot=1024 map=2048 "
            + "state=4096 start=8192 clean_area=16384",
        ["valve"] = "open=1 close=2 set_position=4 stop=8",
        ["water_heater"] = "target_temperature=1 operation_mode=2 away_mode=4 on_off=8",
    };

    /// <summary>The names of a platform's features, without <c>status</c>, which nothing uses any more.</summary>
    public static IEnumerable<string> NamesOf(string platform, int number) =>
        (All.GetValueOrDefault(platform) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('='))
            .Where(pair => (number & int.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture)) != 0)
            .Select(pair => pair[0])
            .Where(name => name != "status");
}
