using Microsoft.Extensions.Logging;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>Keeps the fields of which the client said that the server did not take them (event 2001).</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    private readonly List<string> _warnings = [];

    /// <summary>The fields by the names that they have in the API, in order of the alphabet.</summary>
    public IReadOnlyList<string> NotTaken
    {
        get
        {
            lock (_warnings)
            {
                return [.. _warnings.Order(StringComparer.Ordinal)];
            }
        }
    }

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == 2001 && state is IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            lock (_warnings)
            {
                _warnings.Add((string)values.Single(static x => x.Key == "Path").Value!);
            }
        }
    }

    public void Dispose()
    {
    }
}
