using System.Collections.Concurrent;
using HaNatsBridge.Host.Changes;
using HaNatsBridge.Host.HomeAssistant.Internal.Frames;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>
/// The connected clients. Closes the one that does not read for 60 s (it comes back and resumes, instead of holding a socket's
/// buffers), and announces a shutdown to all.
/// </summary>
internal sealed partial class ClientSessions : IDisposable
{
    public static readonly TimeSpan MayBeSlow = TimeSpan.FromSeconds(60);

    private const string HomeAssistant = "home_assistant";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, ClientSession> _sessions = new(StringComparer.Ordinal);
    private readonly IChanges _changes;
    private readonly TimeProvider _time;
    private readonly FeedMetrics _metrics;
    private readonly ILogger<ClientSessions> _log;
    private readonly ITimer _timer;
    private long _last;

    public ClientSessions(IChanges changes, TimeProvider time, FeedMetrics metrics, ILogger<ClientSessions> log)
    {
        _changes = changes;
        _time = time;
        _metrics = metrics;
        _log = log;
        _timer = time.CreateTimer(static state => ((ClientSessions)state!).CloseTheSlow(), this, Period, Period);
    }

    /// <summary>Names and versions, for diagnostics.</summary>
    public IReadOnlyList<(string Name, string Version, bool Listening)> Clients =>
        [.. _sessions.Values.Select(s => (s.Name, s.Version, s.Feed is not null))];

    /// <summary>Whether one of them is Home Assistant.</summary>
    public bool HasHomeAssistant => _sessions.Values.Any(s => s.Name == HomeAssistant && s.IsListening);

    /// <summary>The client that connected first of those that answer such requests; null: there is none.</summary>
    public ClientSession? FirstThatOffers(string capability) =>
        _sessions.Values.Where(s => s.Offers(capability)).MinBy(s => s.Number);

    public void Add(string connectionId, ClientSession session)
    {
        session.Number = Interlocked.Increment(ref _last);
        if (_sessions.TryAdd(connectionId, session))
        {
            _metrics.Connected();
            LogConnected(session.Name, session.Version);
        }
        else
        {
            // A second Hello.
            _sessions[connectionId].Feed?.Close(HubErrors.Replaced);
            _sessions[connectionId].End();
            _sessions[connectionId] = session;
        }
    }

    /// <summary>The feed of a Listen that begins.</summary>
    public ClientFeed NewFeed() => new(_changes, _time, _metrics);

    public ClientSession? Find(string connectionId) => _sessions.GetValueOrDefault(connectionId);

    /// <summary>A connection has ended.</summary>
    /// <param name="connectionId">Which one.</param>
    /// <param name="exception">Why, unless it was closed in order.</param>
    public void Remove(string connectionId, Exception? exception)
    {
        if (exception is not null)
        {
            LogBroken(exception.Message);
        }

        if (_sessions.TryRemove(connectionId, out var session))
        {
            session.Feed?.Close(HubErrors.Shutdown);
            session.End();
            _metrics.Disconnected();
            LogDisconnected(session.Name);
        }
    }

    /// <summary>Says goodbye to all, and waits at most <paramref name="patience"/> until they have been handed it.</summary>
    public void Shutdown(TimeSpan patience)
    {
        var feeds = _sessions.Values.Select(s => s.Feed).OfType<ClientFeed>().ToArray();
        foreach (var feed in feeds)
        {
            feed.Close(HubErrors.Shutdown);
        }

        // The connections are cut as soon as this returns, so the goodbyes must be out by then.
        SpinWait.SpinUntil(() => Array.TrueForAll(feeds, f => f.IsFinished), patience);
    }

    public void Dispose() => _timer.Dispose();

    private void CloseTheSlow()
    {
        foreach (var session in _sessions.Values)
        {
            if (session.Feed is not { } feed || feed.Stuck < MayBeSlow)
            {
                continue;
            }

            // The goodbye can only be read if the client begins to read after all; the connection goes one period later in any
            // case.
            if (feed.IsClosing)
            {
                session.Abort();
                continue;
            }

            _metrics.TooSlow();
            LogTooSlow(session.Name);
            feed.Close(HubErrors.TooSlow);
        }
    }

    [LoggerMessage(6001, LogLevel.Information, "Client {Name} {Version} connected")]
    private partial void LogConnected(string name, string version);

    [LoggerMessage(6002, LogLevel.Information, "Client {Name} disconnected")]
    private partial void LogDisconnected(string name);

    [LoggerMessage(6003, LogLevel.Warning, "Client {Name} did not read for 60 s and is closed; it may come back and resume")]
    private partial void LogTooSlow(string name);

    [LoggerMessage(6010, LogLevel.Information, "A client's connection broke: {Reason}")]
    private partial void LogBroken(string reason);
}
