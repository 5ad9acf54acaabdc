using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Security.Authentication;
using HaNatsBridge.Contract.Identity;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace HaNatsBridge.Devices.Internal;

/// <summary>One run of a connection: the NATS client with its subscriptions, and a worker a device.</summary>
[SuppressMessage("Usage", "CA2213", Justification = "A SemaphoreSlim needs no disposal, and a caller may still wait at it.")]
internal sealed partial class Session : IAsyncDisposable
{
    private const int ParallelAnnouncements = 16;
    private const int PendingMessages = 256;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RequestDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Restart = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<DeviceId, Running> _workers = new();
    private readonly ConcurrentDictionary<Subscription, bool> _subscriptions = new();
    private readonly SemaphoreSlim _announcements = new(ParallelAnnouncements, ParallelAnnouncements);
    private readonly NatsConnection _nats;
    private readonly Surroundings _surroundings;
    private readonly ILogger _logger;
    private readonly CancellationToken _stop;
    private string? _lastError;
    private int _opened;

    public Session(NatsConnection nats, Surroundings surroundings, CancellationToken stop)
    {
        (_nats, _surroundings, _logger, _stop) = (nats, surroundings, surroundings.Logger, stop);
        nats.ConnectionOpened += OnOpened;
        nats.ConnectionDisconnected += OnLost;
        nats.ServerError += OnError;
    }

    public bool IsOpen => _nats.ConnectionState == NatsConnectionState.Open;

    /// <summary>Connects for the first time, however long it takes.</summary>
    public async Task ConnectAsync()
    {
        var backOff = new BackOff(_surroundings.Chance);
        while (true)
        {
            try
            {
                await _nats.ConnectAsync().AsTask().WaitAsync(_stop);
                return;
            }
            catch (Exception exception)
                when (exception is NatsException or IOException or SocketException or AuthenticationException)
            {
                LogNotConnected(ReasonOf(exception));
            }

            await Task.Delay(backOff.Next(), _surroundings.Time, _stop);
        }
    }

    /// <summary>Serves all devices until it is cancelled.</summary>
    public async Task RunAsync()
    {
        var requests = _surroundings.Subjects.DiscoveryRequest;
        List<Task> tasks =
        [
            HeartbeatAsync(),
            KeepRunningAsync(requests, token => ListenAsync(requests, OnRequested, token), _stop),
        ];
        if (_surroundings.Scope.GatewayType is { } type)
        {
            foreach (var subject in (string[])[_surroundings.Subjects.SetOfType(type), _surroundings.Subjects.ConfigOfType(type)])
            {
                tasks.Add(KeepRunningAsync(subject, token => ListenAsync(subject, OnGatewayMessage, token), _stop));
            }
        }

        await Task.WhenAll(tasks);
    }

    /// <summary>
    /// Ends the workers, and waits until the server has read what they wrote last. A handler that ignores its token is not waited
    /// for longer than 5 s.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var running in _workers.Values)
        {
            await running.Stop.CancelAsync();
        }

        await Task.WhenAll(_workers.Values.Select(running => running.Task))
            .WaitAsync(LongestEnd, _surroundings.Time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var limit = new CancellationTokenSource(Tick, _surroundings.Time);
        await TryFlushAsync(limit.Token);
    }

    public void Start(Device device)
    {
        var worker = new DeviceWorker(device, this, _surroundings);
        var stop = new CancellationTokenSource();
        _workers[device.Id] = new Running(worker, stop, KeepRunningAsync(device.Id.ToString(), worker.RunAsync, stop.Token));
    }

    /// <summary>Does not wait for the worker's end: it may be the one that asks.</summary>
    public void Stop(DeviceId device)
    {
        if (_workers.TryRemove(device, out var running))
        {
            running.Stop.Cancel();
        }
    }

    public void Announce(DeviceId device)
    {
        if (_workers.TryGetValue(device, out var running))
        {
            running.Worker.Announce(TimeSpan.Zero);
        }
    }

    /// <summary>Subscribes; the server has read it before it reads what is published afterwards.</summary>
    public async Task<Subscription> SubscribeAsync(string subject, CancellationToken cancellationToken)
    {
        var options = new NatsSubOpts { ChannelOpts = new NatsSubChannelOpts { Capacity = PendingMessages } };
        var subscription = await _nats.SubscribeCoreAsync(
            subject, serializer: NatsRawSerializer<byte[]>.Default, opts: options, cancellationToken: cancellationToken);
        return new Subscription(subscription, _subscriptions);
    }

    /// <summary>What the server said is in the innermost exception.</summary>
    private static string ReasonOf(Exception exception) =>
        exception.InnerException is { } inner && inner.Message != exception.Message
            ? $"{exception.Message}: {ReasonOf(inner)}"
            : exception.Message;

    private async Task ListenAsync(string subject, Action<NatsMsg<byte[]>> take, CancellationToken cancellationToken)
    {
        await using var subscription = await SubscribeAsync(subject, cancellationToken);
        await subscription.ReadAsync(take, cancellationToken);
    }

    private async Task HeartbeatAsync()
    {
        using var timer = new PeriodicTimer(Tick, _surroundings.Time);
        while (await timer.WaitForNextTickAsync(_stop))
        {
            if (!IsOpen)
            {
                continue;
            }

            foreach (var (id, running) in _workers)
            {
                try
                {
                    await running.Worker.HeartbeatAsync(_stop);
                }
                catch (Exception exception) when (!_stop.IsCancellationRequested)
                {
                    LogHealthFailed(exception, id);
                }
            }
        }
    }

    /// <summary>One device's fault ends neither the others nor, for long, itself.</summary>
    private async Task KeepRunningAsync(string what, Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await run(cancellationToken);
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogRestarted(exception, what);
            }

            await Task.Delay(Restart, _surroundings.Time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void OnRequested(NatsMsg<byte[]> message)
    {
        foreach (var running in _workers.Values)
        {
            running.Worker.Announce(RequestDelay * _surroundings.Chance.Next());
        }
    }

    private void OnGatewayMessage(NatsMsg<byte[]> message)
    {
        if (_surroundings.Subjects.TryParse(message.Subject, out var subject)
            && _workers.TryGetValue(subject.Device, out var running))
        {
            running.Worker.Take(message);
        }
        else
        {
            // A subscription of the whole type hides from the home that there is no such device.
            CommandQueue.RefuseUnknown(this, message);
        }
    }

    private ValueTask OnOpened(object? sender, NatsEventArgs arguments)
    {
        LogOpened(_nats.ServerInfo?.Name ?? "");
        _lastError = null;

        // The first time the workers are not there yet, and begin by themselves.
        if (Interlocked.Increment(ref _opened) > 1)
        {
            foreach (var running in _workers.Values)
            {
                running.Worker.Reconnected();
            }
        }

        return ValueTask.CompletedTask;
    }

    private ValueTask OnLost(object? sender, NatsEventArgs arguments)
    {
        LogLost();
        return ValueTask.CompletedTask;
    }

    private ValueTask OnError(object? sender, NatsServerErrorEventArgs arguments)
    {
        // A refused login or subscription comes again with each attempt.
        if (Interlocked.Exchange(ref _lastError, arguments.Error) != arguments.Error)
        {
            LogServerError(arguments.Error);
        }

        return ValueTask.CompletedTask;
    }

    [LoggerMessage(5000, LogLevel.Information, "Connected to NATS server {Server}")]
    private partial void LogOpened(string server);

    [LoggerMessage(5001, LogLevel.Warning, "The connection to NATS is lost; it is opened again as soon as the server answers")]
    private partial void LogLost();

    [LoggerMessage(5002, LogLevel.Warning, "No connection to NATS yet: {Reason}")]
    private partial void LogNotConnected(string reason);

    [LoggerMessage(5003, LogLevel.Warning, "The NATS server refuses something: {Error}")]
    private partial void LogServerError(string error);

    [LoggerMessage(5005, LogLevel.Error, "Serving {What} failed; it starts again in a second")]
    private partial void LogRestarted(Exception exception, string what);

    [LoggerMessage(5006, LogLevel.Error, "The health report of {Device} failed")]
    private partial void LogHealthFailed(Exception exception, DeviceId device);

    private sealed record Running(DeviceWorker Worker, CancellationTokenSource Stop, Task Task);
}
