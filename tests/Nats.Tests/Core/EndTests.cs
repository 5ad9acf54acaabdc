using System.Collections.Concurrent;
using System.Threading.Channels;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>The end of a connection at every bad moment: nobody waits for ever for what is over.</summary>
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(60_000)]
public sealed class EndTests(NatsServerVersion version) : CoreTest(version)
{
    private static readonly NatsSubOpts Narrow = new() { ChannelOpts = new NatsSubChannelOpts { Capacity = 1, FullMode = BoundedChannelFullMode.Wait } };

    [Test]
    public async Task Dispose_does_not_wait_for_a_full_subscription_that_nobody_reads(CancellationToken token)
    {
        var nats = Connect(x => x with { CommandTimeout = TimeSpan.FromMilliseconds(100) });
        await nats.SubscribeCoreAsync<int>("full", opts: Narrow, cancellationToken: token);
        for (var i = 0; i < 3; i++)
        {
            await nats.PublishAsync("full", i, cancellationToken: token);
        }

        await Connect().PingAsync(token);
        await nats.DisposeAsync().AsTask().WaitAsync(Patience, token);
        nats.ConnectionState.ShouldBe(NatsConnectionState.Closed);
    }

    [Test]
    public async Task Who_waits_for_the_first_connect_is_told_of_the_dispose(CancellationToken token)
    {
        await using var server = new ScriptedServer(static (_, _, stop) => Task.Delay(Timeout.Infinite, stop));
        var nats = Connect(x => x with { Url = server.Url });
        var connecting = nats.ConnectAsync().AsTask();
        var publishing = nats.PublishAsync("a", 1, cancellationToken: token).AsTask();
        await Eventually.TrueAsync(() => server.Connections == 1, "connecting");
        await nats.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(connecting.WaitAsync(Patience, token));
        await Should.ThrowAsync<ObjectDisposedException>(publishing.WaitAsync(Patience, token));
    }

    [Test]
    public async Task Who_waits_for_a_reconnect_is_told_of_the_dispose(CancellationToken token)
    {
        await using var proxy = new TcpProxy(Server.Port);
        var nats = Connect(x => x with { Url = proxy.Url });
        await nats.ConnectAsync();
        proxy.Refuse = true;
        proxy.Cut();
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Reconnecting, "noticed");
        var connecting = nats.ConnectAsync().AsTask();
        await nats.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(connecting.WaitAsync(Patience, token));
    }

    [Test]
    public async Task Dispose_does_not_wait_for_a_connecting_handler_that_hangs(CancellationToken token)
    {
        var asked = new TaskCompletionSource();
        var nats = Connect();
        nats.OnConnectingAsync = _ =>
        {
            asked.TrySetResult();
            return new ValueTask<(string, int)>(new TaskCompletionSource<(string, int)>().Task);
        };
        var connecting = nats.ConnectAsync().AsTask();
        await asked.Task.WaitAsync(Patience, token);
        await nats.DisposeAsync().AsTask().WaitAsync(Patience, token);
        await Should.ThrowAsync<ObjectDisposedException>(connecting.WaitAsync(Patience, token));
    }

    [Test]
    public async Task A_credentials_callback_that_hangs_is_part_of_the_connect_timeout(CancellationToken token)
    {
        var never = new TaskCompletionSource<NatsAuthCred>();
        var nats = Connect(x => x with
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(300),
            AuthOpts = new NatsAuthOpts { AuthCredCallback = (_, _) => new ValueTask<NatsAuthCred>(never.Task) },
        });
        await Should.ThrowAsync<NatsException>(nats.ConnectAsync().AsTask().WaitAsync(Patience, token));
    }

    [Test]
    public async Task A_handler_of_an_event_may_dispose_the_connection(CancellationToken token)
    {
        var disposed = new TaskCompletionSource();
        var nats = Connect(x => x with { CommandTimeout = Patience });
        nats.ConnectionOpened += async (_, _) =>
        {
            await nats.DisposeAsync();
            disposed.SetResult();
        };
        await nats.ConnectAsync();
        await disposed.Task.WaitAsync(Patience / 2, token);
    }

    /// <summary>Disposed between the connect and the entry into the list of subscriptions.</summary>
    [Test]
    public async Task A_subscription_that_comes_when_the_connection_has_just_been_disposed_is_refused(CancellationToken token)
    {
        var held = new HeldContext();
        var (nats, adding) = await HoldBeforeAddingAsync(held, static x => x, token);
        await nats.DisposeAsync();
        held.Release();
        await Should.ThrowAsync<ObjectDisposedException>(adding.WaitAsync(Patience, token));
    }

    [Test]
    public async Task A_subscription_that_comes_when_the_connection_has_just_been_given_up_is_refused(CancellationToken token)
    {
        await using var proxy = new TcpProxy(Server.Port);
        var held = new HeldContext();
        var (nats, adding) = await HoldBeforeAddingAsync(held, x => x with { Url = proxy.Url, MaxReconnectRetry = 0 }, token);
        proxy.Refuse = true;
        proxy.Cut();
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Failed, "given up");
        held.Release();
        await Should.ThrowAsync<NatsConnectionFailedException>(adding.WaitAsync(Patience, token));
    }

    [Test]
    public async Task A_first_request_waits_no_longer_than_its_time_for_the_connection(CancellationToken token)
    {
        await using var proxy = new TcpProxy(Server.Port) { Refuse = true };
        var nats = Connect(x => x with { Url = proxy.Url, RetryOnInitialConnect = true, RequestTimeout = TimeSpan.FromMilliseconds(200) });
        await Should.ThrowAsync<NatsNoReplyException>(nats.RequestAsync<int, int>("r", 1, cancellationToken: token).AsTask().WaitAsync(Patience, token));
        proxy.Refuse = false;
        var patient = new NatsSubOpts { Timeout = Patience };
        await Should.ThrowAsync<NatsNoRespondersException>(nats.RequestAsync<int, int>("r", 1, replyOpts: patient, cancellationToken: token).AsTask());
    }

    /// <summary>A subscription whose caller goes on, connected, only when he is let.</summary>
    private async Task<(NatsConnection Nats, Task Adding)> HoldBeforeAddingAsync(HeldContext held, Func<NatsOpts, NatsOpts> configure, CancellationToken token)
    {
        var nats = Connect(configure);
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(held);
        Task adding;
        try
        {
            adding = nats.SubscribeCoreAsync<int>("late", cancellationToken: token).AsTask();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Open && held.IsHolding, "connected");
        return (nats, adding);
    }

    /// <summary>Keeps what is to go on until it is released.</summary>
    private sealed class HeldContext : SynchronizationContext
    {
        private readonly ConcurrentQueue<(SendOrPostCallback Run, object? State)> _waiting = new();
        private volatile bool _released;

        public bool IsHolding => !_waiting.IsEmpty;

        public override void Post(SendOrPostCallback d, object? state)
        {
            _waiting.Enqueue((d, state));
            if (_released)
            {
                Release();
            }
        }

        public void Release()
        {
            _released = true;
            while (_waiting.TryDequeue(out var next))
            {
                next.Run(next.State);
            }
        }
    }
}
