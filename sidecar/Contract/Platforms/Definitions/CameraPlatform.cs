using HaNatsBridge.Contract.Pictures;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>camera</c>. Its picture is published on <c>.image.{key}</c>, or requested.</summary>
internal sealed class CameraPlatform : PlatformDefinition
{
    private const int MaxUrl = 2048;

    /// <summary>Home Assistant asks for the next picture after this time while somebody watches, in seconds.</summary>
    private const double ShortestInterval = 0.1;

    public CameraPlatform()
        : base("camera")
    {
        Text("brand");
        Text("model_name");
        Number("frame_interval", ShortestInterval, 3600);
        WordInAnyCase("content_type", [.. PictureTypes.All]);
        FeatureNames("on_off", "stream");

        State = new WordRule { Words = new OptionSet(["recording", "streaming", "idle"]) };
        Attribute("is_on", new BooleanRule());
        Attribute("motion_detection", new BooleanRule());
        Attribute("stream_source", new TextRule { Max = MaxUrl, Format = TextFormat.Stream });

        Action("turn_on", "on_off");
        Action("turn_off", "on_off");
        Action("enable_motion_detection");
        Action("disable_motion_detection");
    }
}
