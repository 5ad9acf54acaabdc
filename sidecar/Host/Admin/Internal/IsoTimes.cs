using System.Globalization;
using Serilog.Core;
using Serilog.Events;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>
/// Writes the times in log messages by ISO 8601, on the console and in the file. Serilog's JSON formatter has no setting for it
/// and writes 11/30/2026.
/// </summary>
internal sealed class IsoTimes : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        List<LogEventProperty>? times = null;
        foreach (var (name, value) in logEvent.Properties)
        {
            DateTimeOffset? time = value is not ScalarValue scalar ? null
                : scalar.Value switch { DateTimeOffset at => at, DateTime at => at, _ => null };
            if (time is { } found)
            {
                (times ??= []).Add(new LogEventProperty(name, new ScalarValue(new IsoTime(found))));
            }
        }

        foreach (var property in times ?? [])
        {
            logEvent.AddOrUpdateProperty(property);
        }
    }

    /// <summary>No text, which the formatter would put in quotation marks.</summary>
    private readonly record struct IsoTime(DateTimeOffset At) : IFormattable
    {
        public string ToString(string? format, IFormatProvider? provider) =>
            At.ToString(format ?? "yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture);

        public override string ToString() => ToString(null, null);
    }
}
