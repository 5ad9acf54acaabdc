using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Link.Internal;

/// <summary>Makes both connections, keeps them, tells of the home's.</summary>
internal sealed partial class HomeLink : IHomeLink, IHostedService, IHealthContributor, IAsyncDisposable
{
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(2);
    private readonly TaskCompletionSource _firstConnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Meter _meter = new("HaNatsBridge.Link");
    private readonly NatsConnection _home;
    private readonly NatsConnection? _system;
    private readonly LinkPace _homePace;
    private readonly LinkPace _systemPace;
    private readonly IEmbeddedServer _embedded;
    private readonly string _url;
    private readonly ILogger<HomeLink> _logger;
    private readonly TimeProvider _time;
    private long _generation;
    private int _isDisposed;
    private volatile bool _isUp;
    private volatile bool _stopping;
    private volatile string? _trouble;
    private volatile string? _refusal;
    private volatile TaskCompletionSource _up = NewUp();

    public HomeLink(BridgeOptions options, IEmbeddedServer embedded, LinkTimings timings, ILoggerFactory loggers, TimeProvider time)
    {
        _logger = loggers.CreateLogger<HomeLink>();
        _time = time;
        _embedded = embedded;
        var (home, system) = LinkCredentials.For(options.Nats, embedded);
        _url = NatsUrls.WithoutUser(home.Url);
        _home = new NatsConnection(NatsClientOptions.Lasting(home.Url, home.Auth, "hanatsbridge", timings.Answer, loggers));
        _system = system is { } login ? new NatsConnection(NatsClientOptions.Lasting(login.Url, login.Auth, "hanatsbridge system", timings.Answer, loggers)) : null;
        _homePace = Pace(_home, time);
        _systemPace = Pace(_system, time);
        _homePace.RoundFailed += OnUnreachable;
        NudgeByEachOther();
        embedded.Started += Nudge;
        _home.ConnectionOpened += OnOpened;
        _home.ConnectionDisconnected += OnLost;
        _home.ServerError += OnServerError;
        _meter.CreateObservableGauge("link.up", () => _isUp ? 1 : 0, null, "Whether the connection to NATS is open");
        _meter.CreateObservableCounter("link.connects", () => Generation, null, "How often the connection to NATS was opened");
    }

    public event Action<LinkChange>? Changed;

    public INatsConnection Home => _home;

    public INatsConnection? System => _system;

    public bool IsUp => _isUp;

    public long Generation => Interlocked.Read(ref _generation);

    public Task FirstConnected => _firstConnected.Task;

    /// <summary>The server that the home connection uses, or tries last.</summary>
    public (string Host, int Port) Server => _homePace.Last;

    public string Name => "nats";

    public HealthReport Report()
    {
        var server = _home.ServerInfo;
        var details = new JsonObject
        {
            ["up"] = _isUp,
            ["url"] = _url,
            ["connects"] = Generation,
            ["server"] = server?.Name,
            ["server_version"] = server?.Version,
            ["system_account"] = _system is not null && _system.ConnectionState == NatsConnectionState.Open,
        };
        return _isUp
            ? new HealthReport(HealthState.Ok, null, details)
            : new HealthReport(Generation == 0 ? HealthState.Starting : HealthState.Degraded, _trouble ?? "not yet connected", details);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Connect(_home);
        if (_system is not null)
        {
            Connect(_system);
        }

        // Ordinarily the server answers within milliseconds, and every feature after this one finds it open; if not, they wait themselves.
        await Task.WhenAny(FirstConnected, Task.Delay(StartPatience, _time, cancellationToken));
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        _embedded.Started -= Nudge;
        _homePace.Stop();
        _systemPace.Stop();
        var closing = Task.WhenAll(_home.DisposeAsync().AsTask(), _system?.DisposeAsync().AsTask() ?? Task.CompletedTask);

        // A server that hangs does not hold up the end: what could be sent has been sent by then.
        await Task.WhenAny(closing, Task.Delay(LongestFarewell, _time, cancellationToken));

        // The client says nothing of its own end.
        Lose();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }

        await StopAsync(CancellationToken.None);
        _homePace.Dispose();
        _systemPace.Dispose();
        _meter.Dispose();
    }

    private static TaskCompletionSource NewUp() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static LinkPace Pace(NatsConnection? connection, TimeProvider time)
    {
        var pace = new LinkPace(time, Random.Shared.NextDouble);
        if (connection is not null)
        {
            connection.OnConnectingAsync = pace.BeforeAttemptAsync;
            connection.ConnectionOpened += (_, _) =>
            {
                pace.Opened();
                return ValueTask.CompletedTask;
            };
        }

        return pace;
    }

    /// <summary>One server behind both: what one of them finds the other need not wait for.</summary>
    private void NudgeByEachOther()
    {
        foreach (var connection in new[] { _home, _system }.OfType<NatsConnection>())
        {
            connection.ConnectionOpened += (_, _) =>
            {
                Nudge();
                return ValueTask.CompletedTask;
            };
        }
    }

    private void Nudge()
    {
        _homePace.Nudge();
        _systemPace.Nudge();
    }

    private void Connect(NatsConnection connection) => _ = ConnectAsync(connection);

    private async Task ConnectAsync(NatsConnection connection)
    {
        if (LinkCredentials.Problem(connection.Opts.AuthOpts) is { } problem)
        {
            // It is tried again and again: somebody may put it right.
            _trouble = problem;
            LogCredentials(problem);
        }

        try
        {
            await connection.ConnectAsync();
        }
        catch (Exception exception) when (exception is NatsException or ObjectDisposedException or OperationCanceledException)
        {
            if (!_stopping)
            {
                _trouble = exception.Message;
                LogGivenUp(exception.Message);
            }
        }
    }

    /// <summary>Waits until the home connection is open.</summary>
    public Task UpAsync(CancellationToken cancellationToken) => _up.Task.WaitAsync(cancellationToken);

    private ValueTask OnOpened(object? sender, NatsEventArgs arguments)
    {
        _isUp = true;
        _trouble = _refusal = null;
        var generation = Interlocked.Increment(ref _generation);
        LogOpened(_url, generation);
        _firstConnected.TrySetResult();
        _up.TrySetResult();
        Tell(new LinkChange(true, generation));
        return ValueTask.CompletedTask;
    }

    private ValueTask OnLost(object? sender, NatsEventArgs arguments)
    {
        Lose();
        return ValueTask.CompletedTask;
    }

    private void Lose()
    {
        if (_isUp)
        {
            _isUp = false;
            _up = NewUp();
            _trouble = $"the connection to NATS at {_url} was lost";
            if (!_stopping)
            {
                LogLost(_url);
            }

            Tell(new LinkChange(false, Generation));
        }
    }

    /// <summary>Each handler on its own: one that fails must not keep the news from the others, who would wait for a link that is up.</summary>
    private void Tell(LinkChange change)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(Changed))
        {
            try
            {
                handler(change);
            }
            catch (Exception exception)
            {
                LogHandlerFailed(exception, change.IsUp ? "up" : "down", handler.Method.DeclaringType?.Name);
            }
        }
    }

    /// <summary>The only place where the client says why it does not get in.</summary>
    private ValueTask OnServerError(object? sender, NatsServerErrorEventArgs arguments)
    {
        if (!_isUp)
        {
            _refusal = arguments.Error;
        }

        return ValueTask.CompletedTask;
    }

    private void OnUnreachable()
    {
        if (_isUp || _stopping || _trouble is not null && _refusal is null)
        {
            return;
        }

        var reason = _refusal is { } refusal ? $"{_url} refuses the connection ({refusal})" : $"{_url} does not answer";
        var trouble = $"{reason}; it is tried again and again, at most 30 s apart";
        if (_trouble != trouble)
        {
            _trouble = trouble;
            LogUnreachable(reason);
        }
    }

    [LoggerMessage(1100, LogLevel.Information, "Connected to NATS at {Url} ({Generation})")]
    private partial void LogOpened(string url, long generation);

    [LoggerMessage(1101, LogLevel.Warning, "Connection to NATS at {Url} lost")]
    private partial void LogLost(string url);

    [LoggerMessage(1102, LogLevel.Warning, "NATS at {Reason}; it is tried again and again: every second for a minute, then seldomer, at most 30 s apart")]
    private partial void LogUnreachable(string reason);

    [LoggerMessage(1104, LogLevel.Error, "{Listener} failed when it was told that the link is {State}")]
    private partial void LogHandlerFailed(Exception exception, string state, string? listener);

    [LoggerMessage(1103, LogLevel.Error, "The connection to NATS is given up: {Reason}")]
    private partial void LogGivenUp(string reason);

    [LoggerMessage(1106, LogLevel.Error, "{Problem}; it is tried again and again")]
    private partial void LogCredentials(string problem);
}
