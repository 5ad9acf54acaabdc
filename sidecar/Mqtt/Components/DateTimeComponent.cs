using System.Globalization;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>datetime</c>. Without the option <c>timezone</c> each message must say its offset; with it none may.</summary>
internal sealed class DateTimeComponent : MomentEntity
{
    private const string Iso = "yyyy-MM-ddTHH:mm:ss";

    private readonly TimeZoneInfo? _zone;

    public DateTimeComponent(OptionReader options, EntityServices services)
        : base(options, services, "datetime", "MQTT Date/Time")
    {
        var zone = options.Text("timezone");
        if (!string.IsNullOrEmpty(zone) && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _zone))
        {
            options.Fail("timezone", $"got {zone}, expected the name of a time zone such as Europe/Berlin");
        }
    }

    /// <inheritdoc/>
    protected override (object Value, string State, string Sent)? Read(string text)
    {
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return null;
        }

        var sent = time.ToString(Iso, CultureInfo.InvariantCulture) + Moments.FractionOf(time.Ticks)
            + time.ToString("zzz", CultureInfo.InvariantCulture);
        return (time, StateOf(time), sent);
    }

    /// <inheritdoc/>
    protected override string? StateOf(string text, in MqttMessage message)
    {
        if (!Moments.TryParse(text, Services.Time, out var time, out var offset))
        {
            Ignore(message, $"got {text}, expected a time with its date");
            return null;
        }

        if ((_zone is null) != offset is not null)
        {
            Ignore(message, $"got {text}, expected {(_zone is null ? "the offset from UTC with it" : "no offset from UTC")}");
            return null;
        }

        return StateOf(new DateTimeOffset(time, offset ?? OffsetOf(_zone!, time)));
    }

    private static string StateOf(DateTimeOffset time) =>
        time.ToUniversalTime().ToString(Iso + "zzz", CultureInfo.InvariantCulture);

    /// <summary>The offset of a local time; of an hour that there is twice the first one, as Python takes it.</summary>
    private static TimeSpan OffsetOf(TimeZoneInfo zone, DateTime time) =>
        zone.IsAmbiguousTime(time) ? zone.GetAmbiguousTimeOffsets(time).Max() : zone.GetUtcOffset(time);
}
