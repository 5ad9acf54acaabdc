using HaNatsBridge.Contract.Pictures;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>image</c>. The picture is published on <c>.image.{key}</c>, and its time is the state; a state is for a
/// device that names the time itself, or has the picture at an address.
/// </summary>
internal sealed class ImagePlatform : PlatformDefinition
{
    private const int MaxUrl = 2048;

    public ImagePlatform()
        : base("image")
    {
        WordInAnyCase("content_type", [.. PictureTypes.All]);
        State = new TimeRule();
        Attribute("image_url", new TextRule { Max = MaxUrl, Format = TextFormat.WebAddress });
    }
}
