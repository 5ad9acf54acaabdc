using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>date</c>: a day that can be set.</summary>
internal sealed class DatePlatform : PlatformDefinition
{
    public DatePlatform()
        : base("date")
    {
        State = new DateRule();
        Action("set_value").Required("date", State);
    }
}
