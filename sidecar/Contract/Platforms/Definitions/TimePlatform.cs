using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>time</c>: a time of day that can be set, in the home's time zone.</summary>
internal sealed class TimePlatform : PlatformDefinition
{
    public TimePlatform()
        : base("time")
    {
        State = new TimeOfDayRule();
        Action("set_value").Required("time", State);
    }
}
