using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Tests.Registry.Support;

/// <summary>The link of one of several sidecars on the same server, which the test can cut as a SIGKILL would.</summary>
internal sealed class TestLink : IHomeLink, IAsyncDisposable
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NatsConnection _home;
    private readonly NatsConnection? _system;
    private long _generation;

    private TestLink(NatsConnection home, NatsConnection? system)
    {
        (_home, _system) = (home, system);
        _home.ConnectionOpened += (_, _) =>
        {
            IsUp = true;
            var generation = Interlocked.Increment(ref _generation);
            _first.TrySetResult();
            Changed?.Invoke(new LinkChange(true, generation));
            return ValueTask.CompletedTask;
        };
        _home.ConnectionDisconnected += (_, _) =>
        {
            Lose();
            return ValueTask.CompletedTask;
        };
    }

    public event Action<LinkChange>? Changed;

    public INatsConnection Home => _home;

    public INatsConnection? System => _system;

    public bool IsUp { get; private set; }

    public long Generation => Volatile.Read(ref _generation);

    public Task FirstConnected => _first.Task;

    public static async Task<TestLink> OpenAsync(string url, bool withSystem, string? systemUrl = null)
    {
        var system = withSystem ? new NatsConnection(Options(systemUrl ?? url, "sys")) : null;
        var link = new TestLink(new NatsConnection(Options(url, "bridge")), system);
        if (system is not null)
        {
            await system.ConnectAsync();
        }

        await link._home.ConnectAsync();
        return link;
    }

    public async ValueTask DisposeAsync()
    {
        await _home.DisposeAsync();
        Lose();
        if (_system is not null)
        {
            await _system.DisposeAsync();
        }
    }

    private void Lose()
    {
        IsUp = false;
        Changed?.Invoke(new LinkChange(false, Generation));
    }

    private static NatsOpts Options(string url, string user) => NatsOpts.Default with
    {
        Url = url,
        Name = $"test {user}",
        AuthOpts = new NatsAuthOpts { Username = user, Password = user },
        MaxReconnectRetry = -1,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(50),
        ReconnectWaitMax = TimeSpan.FromMilliseconds(250),
        RetryOnInitialConnect = true,
    };
}
