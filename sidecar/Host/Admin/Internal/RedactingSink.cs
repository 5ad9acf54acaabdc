using HaNatsBridge.Contract.Redaction;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>
/// Masks secrets in the words and exceptions of log events, before they are written. The texts around the words are constants.
/// </summary>
internal sealed class RedactingSink(ILogEventSink next) : ILogEventSink, IDisposable
{
    public void Emit(LogEvent logEvent)
    {
        ArgumentNullException.ThrowIfNull(logEvent);
        foreach (var (name, value) in logEvent.Properties)
        {
            if (Redact(value) is { } masked && !ReferenceEquals(masked, value))
            {
                logEvent.AddOrUpdateProperty(new LogEventProperty(name, masked));
            }
        }

        next.Emit(logEvent.Exception is { } exception ? Redact(logEvent, exception) : logEvent);
    }

    public void Dispose() => (next as IDisposable)?.Dispose();

    private static LogEvent Redact(LogEvent logEvent, Exception exception)
    {
        var text = exception.ToString();
        var masked = Redactor.Text(text);
        return masked == text
            ? logEvent
            : new LogEvent(
                logEvent.Timestamp,
                logEvent.Level,
                new RedactedException(masked),
                logEvent.MessageTemplate,
                logEvent.Properties.Select(property => new LogEventProperty(property.Key, property.Value)));
    }

    private static LogEventPropertyValue Redact(LogEventPropertyValue value)
    {
        switch (value)
        {
            case ScalarValue { Value: { } scalar and not (bool or int or long or ulong or double or TimeSpan or DateTimeOffset) }:
                var text = scalar.ToString() ?? "";
                var masked = Redactor.Text(text);
                return masked == text ? value : new ScalarValue(masked);
            case SequenceValue sequence:
                return new SequenceValue(sequence.Elements.Select(Redact));
            case DictionaryValue dictionary:
                return new DictionaryValue(
                    dictionary.Elements.Select(pair => new KeyValuePair<ScalarValue, LogEventPropertyValue>(pair.Key, Redact(pair.Value))));
            case StructureValue structure:
                return new StructureValue(
                    structure.Properties.Select(property => new LogEventProperty(property.Name, Redact(property.Value))), structure.TypeTag);
            default:
                return value;
        }
    }

    private sealed class RedactedException(string text) : Exception(text)
    {
        public override string ToString() => Message;
    }
}

/// <summary>Writes a log through <see cref="RedactingSink"/>.</summary>
internal static class RedactingSinkExtensions
{
    public static LoggerConfiguration Redacted(this LoggerSinkConfiguration writeTo, Action<LoggerSinkConfiguration> configure) =>
        writeTo.Sink(LoggerSinkConfiguration.Wrap(sink => new RedactingSink(sink), configure));
}
