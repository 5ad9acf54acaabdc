using System.Globalization;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Platforms.Rules;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>calendar</c>. Its state is the current or next event, from whose times Home Assistant derives on and off;
/// the others it asks for. An event begins and ends with a time, or with a day, of which the last does not belong to it.
/// </summary>
internal sealed class CalendarPlatform : PlatformDefinition
{
    private const int Start = 2;
    private const int End = 3;
    private const int MaxTitle = 1024;
    private const int MaxDescription = 2048;

    public CalendarPlatform()
        : base("calendar")
    {
        Text("initial_color", TextFormat.Color);
        FeatureNames("create_event", "delete_event", "update_event");

        var moment = new EitherRule(new TimeRule(), new DateRule());
        State = new OnOffRule();
        Attribute("message", new TextRule { Max = MaxTitle });
        Attribute("all_day", new BooleanRule());
        Attribute("start_time", moment);
        Attribute("end_time", moment);
        Attribute("location", new TextRule { Max = MaxTitle });
        Attribute("description", new TextRule { Max = MaxDescription });

        var text = new TextRule { Max = RecordsRule.MaxText };
        var name = new TextRule();
        var events = new RecordsRule(
            new MemberRule("start", moment) { Required = true },
            new MemberRule("end", moment) { Required = true },
            new MemberRule("summary", text) { Required = true },
            new MemberRule("description", text),
            new MemberRule("location", text),
            new MemberRule("uid", name),
            new MemberRule("recurrence_id", name),
            new MemberRule("rrule", name),
            new MemberRule("status", new WordRule { Words = new OptionSet(["confirmed", "tentative", "cancelled"]) }));
        Action(new ActionRule("get_events") { Response = new ResponseRule("events", events) })
            .Required("start_date_time", new TimeRule())
            .Required("end_date_time", new TimeRule());

        // A second call would add a second event.
        AddEvent(Action(new ActionRule("create_event")
        {
            Features = ["create_event"], Idempotent = false, Together = RefuseTimes,
        }));
        AddRecurrence(Action("delete_event", "delete_event").Required("uid", name));
        AddEvent(AddRecurrence(
            Action(new ActionRule("update_event") { Features = ["update_event"], Together = RefuseTimes })
                .Required("uid", name)));

        void AddEvent(ActionRule action) => action
            .Required("summary", text)
            .Param("start_date_time", new TimeRule())
            .Param("end_date_time", new TimeRule())
            .Param("start_date", new DateRule())
            .Param("end_date", new DateRule())
            .Param("description", text)
            .Param("location", text)
            .Param("rrule", name);

        ActionRule AddRecurrence(ActionRule action) =>
            action.Param("recurrence_id", name).Param("recurrence_range", name);
    }

    public override void Complete(EntityRules rules, ref StateParts parts, ref StateMemory memory)
    {
        if (Refuse(Text(parts[Start]), Text(parts[End])) is not { } wrong)
        {
            return;
        }

        parts.Wrong("end_time", wrong);
        parts.Drop(Start);
        parts.Drop(End);

        static string Text(ReadOnlySpan<byte> json) => json.Length == 0 ? "" : Encoding.UTF8.GetString(json[1..^1]);
    }

    /// <summary>What is wrong with two times, or days, together; empty: not given.</summary>
    private static string? Refuse(string start, string end)
    {
        const int Day = 10;
        if (start.Length == 0 && end.Length == 0)
        {
            return null;
        }

        if (start.Length == 0 || end.Length == 0 || start.Length == Day != (end.Length == Day))
        {
            return "expected both start and end, as times or as days";
        }

        return DateTimeOffset.TryParse(start, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var from)
            && DateTimeOffset.TryParse(end, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var to) && to < from
            ? "expected an end that is not before the start"
            : null;
    }

    private static (string Name, string Message)? RefuseTimes(EntityRules rules, JsonElement parameters)
    {
        var hasTimes = Has("start_date_time") && Has("end_date_time");
        var hasDays = Has("start_date") && Has("end_date");
        return hasTimes != hasDays && Has("start_date_time") == hasTimes && Has("end_date_time") == hasTimes
            && Has("start_date") == hasDays && Has("end_date") == hasDays
            ? null
            : (Has("start_date") || Has("end_date") ? "start_date" : "start_date_time",
                "expected start_date_time and end_date_time, or start_date and end_date");

        bool Has(string name) => parameters.TryGetProperty(name, out _);
    }
}
