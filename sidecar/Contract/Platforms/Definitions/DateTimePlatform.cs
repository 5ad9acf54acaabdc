using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>datetime</c>: a moment that can be set.</summary>
internal sealed class DateTimePlatform : PlatformDefinition
{
    public DateTimePlatform()
        : base("datetime")
    {
        State = new TimeRule();
        Action("set_value").Required("datetime", State);
    }
}
