using System.Text.Json.Nodes;
using System.Threading.Channels;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>Makes the storage at the start and after each reconnect (the server may have come back with an empty disk), and looks at it every 15 s.</summary>
internal sealed partial class StorageService(
    HomeStorage storage, StorageWatch watch, IHomeLink link, IRepairs repairs, IHostApplicationLifetime lifetime, StorageTimings timings, TimeProvider time, ILogger<StorageService> logger)
    : BackgroundService, IHealthContributor
{
    private static readonly TimeSpan MissingPause = TimeSpan.FromMilliseconds(100);
    private readonly Channel<bool> _connects = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile string? _trouble = "waiting for NATS";
    private string? _repair;

    public string Name => "storage";

    public HealthReport Report()
    {
        var isReady = storage.Ready.IsCompleted;
        var details = new JsonObject { ["streams"] = watch.Describe() };
        if (isReady)
        {
            details["bridge_id"] = storage.BridgeId;
        }

        var trouble = _trouble ?? (watch.OnSet.Count > 0 ? $"{string.Join(", ", watch.OnSet)} stores commands and answers them in the devices' place: narrow its subjects" : null);
        return new HealthReport(!isReady ? HealthState.Starting : trouble is null ? HealthState.Ok : HealthState.Degraded, trouble, details);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        link.Changed += OnChanged;
        try
        {
            await link.FirstConnected.WaitAsync(stoppingToken);
            while (true)
            {
                await EnsureAsync(stoppingToken);
                await WatchAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopped();
        }
        finally
        {
            link.Changed -= OnChanged;
        }
    }

    private void OnChanged(LinkChange change)
    {
        if (change.IsUp)
        {
            _connects.Writer.TryWrite(true);
        }
    }

    private async Task EnsureAsync(CancellationToken cancellationToken)
    {
        var backOff = new OutageBackOff(time);
        while (true)
        {
            _connects.Reader.TryRead(out _);
            if (await TryAsync(storage.EnsureAsync, cancellationToken))
            {
                _trouble = null;
                Settle();
                return;
            }

            await backOff.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Until the next reconnect, or until something is gone.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (link.IsUp)
            {
                if (await TryAsync(storage.CheckFormatAsync, cancellationToken) & await TryAsync(watch.LookAsync, cancellationToken))
                {
                    // One look that failed is over with the next that is well.
                    _trouble = null;
                }

                if (watch.Missing.Count > 0)
                {
                    await Task.Delay(MissingPause, time, cancellationToken);
                    return;
                }
            }

            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(_connects.Reader.WaitToReadAsync(turn.Token).AsTask(), Task.Delay(timings.Look, time, turn.Token));
            await turn.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            if (_connects.Reader.TryRead(out _))
            {
                return;
            }
        }
    }

    private async Task<bool> TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is StorageException or NatsException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var reason = exception is NatsNoRespondersException or NatsJSApiNoResponseException
                ? "JetStream does not answer: it is still starting, or not enabled on the server or for this account"
                : exception.Message;
            if (_trouble != reason)
            {
                _trouble = reason;
                LogTrouble(reason);
            }

            if (exception is StorageException { Repair: { } repair })
            {
                if (_repair is { } other && other != repair.Id)
                {
                    repairs.Clear(other);
                }

                _repair = repair.Id;
                repairs.Raise(repair);
            }

            if (exception is StorageException { IsNewer: true } && storage.Ready.IsCompleted)
            {
                // Its features are writing. Started again, it waits and writes nothing.
                LogReplaced();
                lifetime.StopApplication();
            }

            return false;
        }
    }

    private void Settle()
    {
        if (_repair is { } standing)
        {
            _repair = null;
            repairs.Clear(standing);
        }
    }

    [LoggerMessage(1220, LogLevel.Error, "Storage is not as it should be, and is tried again: {Reason}")]
    private partial void LogTrouble(string reason);

    [LoggerMessage(1222, LogLevel.Error, "A newer sidecar has taken over what is stored: this one stops")]
    private partial void LogReplaced();

    [LoggerMessage(1221, LogLevel.Debug, "Storage is no longer looked after")]
    private partial void LogStopped();
}
