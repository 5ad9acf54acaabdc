using HaNatsBridge.Contract.Platforms.Generated;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>media_player</c>. The members of a group are entities of the home, <c>{type}.{id}.{key}</c>.
/// </summary>
internal sealed class MediaPlayerPlatform : PlatformDefinition
{
    private const int MaxText = 1024;
    private const int MaxId = 4096;

    private static readonly TextRule ShortText = new();
    private static readonly TextRule LongText = new() { Max = MaxText };
    private static readonly TextRule Id = new() { Max = MaxId };
    private static readonly NumberRule Level = new() { Min = 0, Max = 1 };
    private static readonly NumberRule Count = new() { Min = 0, Whole = true };
    private static readonly BooleanRule Truth = new();
    private static readonly WordRule Repeat = new() { Words = new OptionSet(["off", "one", "all"]) };

    public MediaPlayerPlatform()
        : base("media_player")
    {
        DeviceClasses(DeviceClassTables.MediaPlayer);
        var sources = Texts("source_list", implies: "select_source");
        var soundModes = Texts("sound_mode_list", implies: "select_sound_mode");
        Positive("volume_step", max: 1);
        FeatureNames(
            "pause", "seek", "volume_set", "volume_mute", "previous_track", "next_track", "turn_on", "turn_off", "play_media",
            "volume_step", "select_source", "stop", "clear_playlist", "play", "shuffle_set", "select_sound_mode", "browse_media",
            "repeat_set", "grouping", "media_announce", "media_enqueue", "search_media");

        State = new WordRule { Words = new OptionSet(["off", "on", "idle", "playing", "paused", "buffering"]) };
        AddAttributes();
        AddControls();
        Action("select_source", "select_source").Required("source", new WordRule { Field = sources });
        Action("select_sound_mode", "select_sound_mode").Required("sound_mode", new WordRule { Field = soundModes });
        AddMedia();
    }

    private void AddAttributes()
    {
        Attribute("volume_level", Level);
        Attribute("is_volume_muted", Truth);
        // A player may show a source that it does not list, as Home Assistant allows it.
        Attribute("source", ShortText);
        Attribute("sound_mode", ShortText);
        Attribute("shuffle", Truth);
        Attribute("repeat", Repeat);
        Attribute("media_content_id", Id);
        Attribute("media_content_type", ShortText);
        Attribute("media_duration", Count);
        Attribute("media_position", Count);
        Attribute("media_position_updated_at", new TimeRule());
        Attribute("media_title", LongText);
        Attribute("media_artist", LongText);
        Attribute("media_album_name", LongText);
        Attribute("media_album_artist", LongText);
        Attribute("media_track", Count);
        Attribute("media_series_title", LongText);
        Attribute("media_season", ShortText);
        Attribute("media_episode", ShortText);
        Attribute("media_channel", LongText);
        Attribute("media_playlist", LongText);
        Attribute("media_image_url", new TextRule { Max = MaxId, Format = TextFormat.Picture });
        Attribute("app_id", ShortText);
        Attribute("app_name", ShortText);
        Attribute("group_members", new ListRule(new TextRule { Format = TextFormat.Entity }) { Min = 0 });
    }

    private void AddControls()
    {
        Action("turn_on", "turn_on");
        Action("turn_off", "turn_off");
        Action("media_play", "play");
        Action("media_pause", "pause");
        Action("media_stop", "stop");
        Action(new ActionRule("media_next_track") { Features = ["next_track"], Idempotent = false });
        Action(new ActionRule("media_previous_track") { Features = ["previous_track"], Idempotent = false });
        Action("media_seek", "seek").Required("seek_position", new NumberRule { Min = 0 });
        Action("volume_set", "volume_set").Required("volume_level", Level);
        Action("volume_mute", "volume_mute").Required("is_volume_muted", Truth);
        Action(new ActionRule("volume_up") { Features = ["volume_step"], Idempotent = false });
        Action(new ActionRule("volume_down") { Features = ["volume_step"], Idempotent = false });
        Action("shuffle_set", "shuffle_set").Required("shuffle", Truth);
        Action("repeat_set", "repeat_set").Required("repeat", Repeat);
        Action("clear_playlist", "clear_playlist");
        Action("join", "grouping").Required("group_members", new ListRule(new TextRule { Format = TextFormat.Entity }));
        Action("unjoin", "grouping");
    }

    private void AddMedia()
    {
        // What is added to a queue twice is played twice.
        Action(new ActionRule("play_media") { Features = ["play_media"], Idempotent = false })
            .Required("media_content_type", ShortText)
            .Required("media_content_id", Id)
            .Param(new ParamRule("enqueue", new WordRule { Words = new OptionSet(["add", "next", "play", "replace"]) })
            {
                Feature = "media_enqueue", Group = "queue",
            })
            .Param(new ParamRule("announce", Truth) { Feature = "media_announce", Group = "queue" })
            .Param("extra", new StructureRule());
        Action("browse_media", "browse_media").Param("media_content_type", ShortText).Param("media_content_id", Id);
        Action("search_media", "search_media")
            .Required("search_query", LongText)
            .Param("media_content_type", ShortText)
            .Param("media_content_id", Id)
            .Param("media_filter_classes", new ListRule(ShortText));
    }
}
