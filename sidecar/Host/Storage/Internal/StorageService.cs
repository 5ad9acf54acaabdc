using System.Text.Json.Nodes;
using System.Threading.Channels;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>Makes the storage at the start, and looks at it after each reconnect and every 15 s.</summary>
internal sealed class StorageService : BackgroundService, IHealthContributor
{
    private readonly Channel<bool> _connects =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly HomeStorage _storage;
    private readonly StorageSetup _setup;
    private readonly StoreGuard _guard;
    private readonly StorageWatch _watch;
    private readonly StorageTrouble _trouble;
    private readonly IHomeLink _link;
    private readonly StorageTimings _timings;
    private readonly TimeProvider _time;

    public StorageService(
        HomeStorage storage,
        StorageSetup setup,
        StoreGuard guard,
        StorageWatch watch,
        StorageTrouble trouble,
        IHomeLink link,
        StorageTimings timings,
        TimeProvider time)
    {
        (_storage, _setup, _guard, _watch, _trouble) = (storage, setup, guard, watch, trouble);
        (_link, _timings, _time) = (link, timings, time);
    }

    public string Name => "storage";

    public HealthReport Report()
    {
        var isReady = _storage.Ready.IsCompleted;
        var details = new JsonObject { ["streams"] = _watch.Describe() };
        if (isReady)
        {
            details["bridge_id"] = _storage.BridgeId;
        }

        var message = _trouble.Message ?? (_watch.OnRequests.Count == 0
            ? null
            : $"{string.Join(", ", _watch.OnRequests.Keys)} stores requests and answers them in another's place "
                + $"({string.Join(", ", _watch.OnRequests.Values.Distinct())}): narrow its subjects");
        var state = !isReady ? HealthState.Starting : message is null ? HealthState.Ok : HealthState.Degraded;
        return new HealthReport(state, message, details);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _link.Changed += OnChanged;
        try
        {
            await _link.FirstConnected.WaitAsync(stoppingToken);
            await SetUpAsync(stoppingToken);
            while (true)
            {
                await LookAsync(stoppingToken);
                using var turn = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                await Task.WhenAny(_connects.Reader.ReadAsync(turn.Token).AsTask(), Task.Delay(_timings.Look, _time, turn.Token));
                await turn.CancelAsync();
                stoppingToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            _link.Changed -= OnChanged;
        }
    }

    private void OnChanged(LinkChange change)
    {
        if (change.IsUp)
        {
            _connects.Writer.TryWrite(true);
        }
    }

    private async Task SetUpAsync(CancellationToken cancellationToken)
    {
        var backOff = new OutageBackOff(_time);
        while (!await TryAsync(_setup.EnsureAsync, cancellationToken) || !await TryAsync(RememberAsync, cancellationToken))
        {
            await backOff.WaitAsync(cancellationToken);
        }

        _trouble.Clear();
        _trouble.ShowAfterSetup(_setup, _guard.TakeNote() ?? _guard.Emptied);
        _storage.SetReady();
    }

    private async Task RememberAsync(CancellationToken cancellationToken)
    {
        await _guard.RememberAsync(_setup.StreamNames, cancellationToken);
        await VerifyAsync(cancellationToken);
    }

    /// <summary>Asked here after each reconnect, so that ordinarily no write has to wait for it.</summary>
    private Task VerifyAsync(CancellationToken cancellationToken) => _storage.EnsureThisHomeAsync(cancellationToken).AsTask();

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (_link.IsUp
            && await TryAsync(_guard.CheckAsync, cancellationToken)
            && !_guard.IsExchanged
            && await TryAsync(token => _setup.KeepSilentAsync(_guard.Streams, token), cancellationToken)
            && await TryAsync(_setup.CheckFormatAsync, cancellationToken)
            && await TryAsync(VerifyAsync, cancellationToken)
            && await TryAsync(_watch.LookAsync, cancellationToken))
        {
            _trouble.Clear();
        }
    }

    private async Task<bool> TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work(cancellationToken);
            return true;
        }
        catch (Exception exception)
            when (exception is StorageException or NatsException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _trouble.Note(exception, isRunning: _storage.Ready.IsCompleted);
            return false;
        }
    }
}
