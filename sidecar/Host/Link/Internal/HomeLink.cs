using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Link.Internal;

/// <summary>Opens both connections and publishes the changes of the home connection.</summary>
internal sealed partial class HomeLink : IHomeLink, IHostedService, IHealthContributor, IAsyncDisposable
{
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(2);
    private readonly TaskCompletionSource _firstConnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Meter _meter = new("HaNatsBridge.Link");
    private readonly NatsConnection _home;
    private readonly NatsConnection? _system;
    private readonly ReconnectPace _homePace;
    private readonly ReconnectPace _systemPace;
    private readonly IEmbeddedServer _embedded;
    private readonly string _url;
    private readonly ILogger<HomeLink> _logger;
    private readonly TimeProvider _time;
    private long _generation;
    private int _isDisposed;
    private volatile bool _isUp;
    private volatile bool _stopping;
    private volatile string? _problem;
    private readonly OutageReport _homeOutage;
    private readonly OutageReport? _systemOutage;
    private readonly CancellationTokenSource _stopWatching = new();
    private Task _watching = Task.CompletedTask;
    private volatile TaskCompletionSource _up = NewUp();

    public HomeLink(
        BridgeOptions options, IEmbeddedServer embedded, LinkTimings timings, ILoggerFactory loggers, TimeProvider time)
    {
        _logger = loggers.CreateLogger<HomeLink>();
        _time = time;
        _embedded = embedded;
        var (home, system, tls) = LinkCredentials.For(options.Nats, embedded);
        _url = NatsUrls.WithoutUser(home.Url);
        _home = new NatsConnection(
            NatsClientOptions.LongLived(home.Url, home.Auth, tls, "hanatsbridge", timings.Answer, loggers));
        _system = system is { } login
            ? new NatsConnection(
                NatsClientOptions.LongLived(login.Url, login.Auth, tls, "hanatsbridge system", timings.Answer, loggers))
            : null;
        _homePace = PaceOf(_home, time);
        _systemPace = PaceOf(_system, time);
        _homeOutage = new OutageReport(
            new NatsDiagnosis(Probe(home, tls), isEmbedded: embedded.IsUsed), () => _isUp, time, _logger);
        _systemOutage = system is { } account
            ? new OutageReport(
                new NatsDiagnosis(Probe(account, tls), "--nats-system-creds", embedded.IsUsed),
                () => _system!.ConnectionState == NatsConnectionState.Open,
                time,
                _logger)
            : null;
        RetryTogether();
        embedded.Started += RetryNow;
        _home.ConnectionOpened += OnOpened;
        _home.ConnectionDisconnected += OnLost;
        _meter.CreateObservableGauge("link.up", () => _isUp ? 1 : 0, null, "Whether the connection to NATS is open");
        _meter.CreateObservableCounter("link.connects", () => Generation, null, "How often the connection to NATS was opened");
    }

    public event Action<LinkChange>? Changed;

    public INatsConnection Home => _home;

    public INatsConnection? System => _system;

    public bool IsUp => _isUp;

    public long Generation => Interlocked.Read(ref _generation);

    public Task FirstConnected => _firstConnected.Task;

    /// <summary>The server that the home connection uses or, where it is not open, tried last.</summary>
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
        if (_isUp)
        {
            return _systemOutage?.Problem is { } problem
                ? new HealthReport(HealthState.Degraded, $"The system account: {problem}", details)
                : new HealthReport(HealthState.Ok, null, details);
        }

        var state = Generation == 0 ? HealthState.Starting : HealthState.Degraded;
        return new HealthReport(state, _homeOutage.Problem ?? _problem ?? "not yet connected", details);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Connect(_home);
        if (_system is not null)
        {
            Connect(_system);
        }

        _watching = Task.WhenAll(
            _homeOutage.RunAsync(_stopWatching.Token), _systemOutage?.RunAsync(_stopWatching.Token) ?? Task.CompletedTask);

        // The server usually answers within milliseconds, and the features that start after this one find the connection open.
        // If it does not, they wait by themselves.
        await Task.WhenAny(FirstConnected, Task.Delay(StartLimit, _time, cancellationToken));
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        _embedded.Started -= RetryNow;
        await _stopWatching.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _homePace.Stop();
        _systemPace.Stop();
        var closing = Task.WhenAll(_home.DisposeAsync().AsTask(), _system?.DisposeAsync().AsTask() ?? Task.CompletedTask);

        // A server that hangs must not delay the end.
        await Task.WhenAny(closing, Task.Delay(ShutdownLimit, _time, cancellationToken));

        // The client raises no event for its own end.
        MarkLost();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }

        await StopAsync(CancellationToken.None);
        _stopWatching.Dispose();
        _homePace.Dispose();
        _systemPace.Dispose();
        _meter.Dispose();
    }

    private static TaskCompletionSource NewUp() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static NatsOpts Probe((string Url, NatsAuthOpts Auth) login, NatsTlsOpts tls) =>
        NatsClientOptions.ShortLived(login.Url, login.Auth, tls, "hanatsbridge diagnosis");

    private static ReconnectPace PaceOf(NatsConnection? connection, TimeProvider time)
    {
        var pace = new ReconnectPace(time, Random.Shared.NextDouble);
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

    /// <summary>Both go to the same server: when one is open, the other need not wait.</summary>
    private void RetryTogether()
    {
        foreach (var connection in new[] { _home, _system }.OfType<NatsConnection>())
        {
            connection.ConnectionOpened += (_, _) =>
            {
                RetryNow();
                return ValueTask.CompletedTask;
            };
        }
    }

    private void RetryNow()
    {
        _homePace.RetryNow();
        _systemPace.RetryNow();
    }

    private void Connect(NatsConnection connection) => _ = ConnectAsync(connection);

    private async Task ConnectAsync(NatsConnection connection)
    {
        try
        {
            await connection.ConnectAsync();
        }
        catch (Exception exception) when (exception is NatsException or ObjectDisposedException or OperationCanceledException)
        {
            if (!_stopping)
            {
                _problem = exception.Message;
                LogNoConnection(exception.Message);
            }
        }
    }

    /// <summary>Waits until the home connection is open.</summary>
    public Task UpAsync(CancellationToken cancellationToken) => _up.Task.WaitAsync(cancellationToken);

    private ValueTask OnOpened(object? sender, NatsEventArgs arguments)
    {
        _isUp = true;
        _problem = null;
        var generation = Interlocked.Increment(ref _generation);
        LogOpened(_url, generation);
        _firstConnected.TrySetResult();
        _up.TrySetResult();
        Publish(new LinkChange(true, generation));
        return ValueTask.CompletedTask;
    }

    private ValueTask OnLost(object? sender, NatsEventArgs arguments)
    {
        MarkLost();
        return ValueTask.CompletedTask;
    }

    private void MarkLost()
    {
        if (_isUp)
        {
            _isUp = false;
            _up = NewUp();
            _problem = $"the connection to NATS at {_url} was lost";
            if (!_stopping)
            {
                LogLost(_url);
            }

            Publish(new LinkChange(false, Generation));
        }
    }

    /// <summary>
    /// A handler that fails must not keep the change from the others: they would wait for a connection that is open.
    /// </summary>
    private void Publish(LinkChange change)
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

    [LoggerMessage(1100, LogLevel.Information, "Connected to NATS at {Url} ({Generation})")]
    private partial void LogOpened(string url, long generation);

    [LoggerMessage(1101, LogLevel.Warning, "Connection to NATS at {Url} lost")]
    private partial void LogLost(string url);

    [LoggerMessage(1104, LogLevel.Error, "{Listener} failed to handle that the connection to NATS is {State}")]
    private partial void LogHandlerFailed(Exception exception, string state, string? listener);

    [LoggerMessage(1103, LogLevel.Error, "There will be no connection to NATS: {Reason}")]
    private partial void LogNoConnection(string reason);
}
