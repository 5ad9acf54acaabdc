using HaNatsBridge.Mqtt.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Mqtt.Tests;

/// <summary>Covers, valves, locks, alarm panels, mowers and vacuum cleaners.</summary>
internal sealed class CoverTests
{
    [Test]
    public void Positions_may_run_backwards()
    {
        var cover = new OneEntity("cover", """
            {"position_topic":"p","set_position_topic":"sp","position_open":0,"position_closed":255}
            """);
        cover.Send("p", "255").ShouldBe("""{"state":"closed","current_position":0}""");
        cover.Send("p", "0").ShouldBe("""{"state":"open","current_position":100}""");
        cover.Send("p", "300").ShouldBe("""{"state":"closed","current_position":0}""");
        cover.Do("set_cover_position", """{"position":20}""").ShouldBe("sp 204");
    }

    [Test]
    public void A_stopped_cover_is_where_it_was_going()
    {
        var cover = new OneEntity("cover", """{"state_topic":"s","command_topic":"c"}""");
        cover.Send("s", "closing").ShouldBe("\"closing\"");
        cover.Send("s", "stopped").ShouldBe("\"closed\"");
        cover.Send("s", "opening");
        cover.Send("s", "stopped").ShouldBe("\"open\"");
        cover.Send("s", "ajar").ShouldBe("\"open\"");
        cover.Send("s", "None").ShouldBe("null");
    }

    [Test]
    public void A_payload_of_null_takes_the_feature_away()
    {
        var cover = new OneEntity("cover", """{"command_topic":"c","payload_stop":null,"payload_open":"UP"}""");
        cover.Fields["supported_features"]!.ToJsonString().ShouldBe("""["close","open"]""");
        cover.Do("open_cover").ShouldBe("c UP");
        cover.State.ShouldBe("\"open\"");
        Should.Throw<CommandRefusedException>(() => cover.Do("stop_cover"));
    }

    [Test]
    public void Tilt_templates_know_the_range()
    {
        var cover = new OneEntity("cover", """
            {"tilt_command_topic":"t","tilt_status_topic":"ts","tilt_min":20,"tilt_max":60,"tilt_opened_value":60,
            "tilt_closed_value":20,
            "tilt_command_template":"{{ tilt_position }} of {{ tilt_min }}-{{ tilt_max }}","tilt_optimistic":true}
            """);
        cover.Do("set_cover_tilt_position", """{"tilt_position":50}""").ShouldBe("t 50 of 20-60");
        cover.Do("open_cover_tilt").ShouldBe("t 60 of 20-60");
        cover.State.ShouldContain("\"current_tilt_position\":100");
        cover.Send("ts", "30").ShouldContain("\"current_tilt_position\":25");
        cover.Send("ts", "90").ShouldContain("\"current_tilt_position\":25");
    }

    [Test]
    public void A_valve_with_positions_is_opened_by_its_position()
    {
        var valve = new OneEntity("valve", """
            {"command_topic":"c","state_topic":"s","reports_position":true,"position_open":10}
            """);
        valve.Do("open_valve").ShouldBe("c 10");
        valve.Send("s", "5").ShouldBe("""{"state":"open","current_position":50}""");
        valve.Send("s", """{"state":"closing","position":3}""").ShouldBe("""{"state":"closing","current_position":30}""");
        valve.Send("s", "0").ShouldBe("""{"state":"closed","current_position":0}""");
    }

    [Test]
    public void A_lock_that_is_assumed_is_locked_after_it_was_opened()
    {
        var door = new OneEntity("lock", """
            {"command_topic":"c","payload_open":"OPEN","command_template":"{{ value }}:{{ code }}"}
            """);
        door.State.ShouldBe("\"unlocked\"");
        door.Do("open", """{"code":"12"}""").ShouldBe("c OPEN:12");
        door.State.ShouldBe("\"open\"");
        door.Do("lock").ShouldBe("c LOCK:None");
        door.State.ShouldBe("\"locked\"");
    }

    [Test]
    public void A_code_is_compared_here_or_sent_to_the_device()
    {
        var own = new OneEntity("alarm_control_panel", """{"command_topic":"c","state_topic":"s","code":"1234"}""");
        own.Fields["code_format"]!.GetValue<string>().ShouldBe("number");
        own.Do("alarm_disarm", """{"code":"1234"}""").ShouldBe("c DISARM");
        Should.Throw<CommandRefusedException>(() => own.Do("alarm_disarm", """{"code":"1"}"""));
        var remote = new OneEntity("alarm_control_panel", """
            {"command_topic":"c","state_topic":"s","code":"REMOTE_CODE_TEXT","command_template":"{{ action }} {{ code }}"}
            """);
        remote.Do("alarm_arm_night", """{"code":"abc"}""").ShouldBe("c ARM_NIGHT abc");
        Should.Throw<CommandRefusedException>(() => remote.Do("alarm_arm_night"));
        remote.Send("s", "armed_night").ShouldBe("\"armed_night\"");
    }

    [Test]
    public void Segments_of_a_vacuum_cleaner_come_with_its_state_and_go_into_its_description()
    {
        var vacuum = new OneEntity("vacuum", """
            {"unique_id":"v","state_topic":"s","command_topic":"c","clean_segments_command_topic":"seg","send_command_topic":"x",
            "supported_features":["start","fan_speed","send_command"],"fan_speed_list":["low"],"set_fan_speed_topic":"f"}
            """);
        vacuum.Send("s", """{"state":"cleaning","fan_speed":"low","segments":{"1":"Hall","2":"Bath"}}""")
            .ShouldBe("""{"state":"cleaning","fan_speed":"low"}""");
        vacuum.Fields["segments"]!.ToJsonString().ShouldBe("""[{"id":"1","name":"Hall"},{"id":"2","name":"Bath"}]""");
        vacuum.Do("clean_area", """{"segment_ids":["2"]}""").ShouldBe("""seg ["2"]""");
        vacuum.Do("send_command", """{"command":"go","params":{"x":1.50,"command":"stop"}}""")
            .ShouldBe("""x {"command":"stop","x":1.50}""");
        vacuum.Do("set_fan_speed", """{"fan_speed":"low"}""").ShouldBe("f low");
    }

    [Test]
    public void A_mower_without_a_state_topic_is_assumed_to_do_what_it_was_told()
    {
        var mower = new OneEntity("lawn_mower", """
            {"dock_command_topic":"d","stop_command_topic":"x","stop_command_template":"{{ value|upper }}"}
            """);
        mower.Do("dock").ShouldBe("d dock");
        mower.State.ShouldBe("\"docked\"");
        mower.Do("stop").ShouldBe("x STOP");
        mower.State.ShouldBe("\"idle\"");
        Should.Throw<CommandRefusedException>(() => mower.Do("pause"));
    }
}
