using System.Threading.Channels;
using HaNatsBridge.Contract.Identity;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A simulated device on a connection: announces after each connect and when asked, answers its commands, publishes what changes.</summary>
internal sealed partial class DeviceRunner : IDisposable
{
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HealthPace = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _alone = new(1, 1);
    private readonly Channel<TimeSpan> _announce = Channel.CreateBounded<TimeSpan>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly SimulatedDevice _device;
    private readonly NatsConnection _connection;
    private readonly HomeSubjects _subjects;
    private readonly Random _random;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private TimeSpan _uptime;
    private TimeSpan _sinceHealth = HealthPace;

    public DeviceRunner(SimulatedDevice device, NatsConnection connection, HomeSubjects subjects, Random random, TimeProvider time, ILogger logger)
    {
        (_device, _connection, _subjects, _random, _time, _logger) = (device, connection, subjects, random, time, logger);
        connection.ConnectionOpened += OnOpened;
    }

    /// <summary>Runs until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(AnnounceAsync(cancellationToken), ListenAsync(cancellationToken), HearRequestsAsync(cancellationToken));

    /// <summary>Lives on for that long, and publishes what changed.</summary>
    public async Task AdvanceAsync(TimeSpan elapsed, CancellationToken cancellationToken)
    {
        if (_connection.ConnectionState != NatsConnectionState.Open)
        {
            return;
        }

        await _alone.WaitAsync(cancellationToken);
        try
        {
            foreach (var entity in _device.Entities)
            {
                if (entity.Advance(elapsed, _random))
                {
                    await PublishAsync(_subjects.StateOf(_device.Id, entity.Key), SimulatedDevice.StateOf(entity), cancellationToken);
                }
            }

            await RingAsync(cancellationToken);
            await HealthAsync(elapsed, cancellationToken);
        }
        finally
        {
            _alone.Release();
        }
    }

    public void Dispose()
    {
        _connection.ConnectionOpened -= OnOpened;
        _alone.Dispose();
    }

    private ValueTask OnOpened(object? sender, NatsEventArgs arguments)
    {
        _announce.Writer.TryWrite(TimeSpan.Zero);
        return ValueTask.CompletedTask;
    }

    /// <summary>Announces when told to, again and again until somebody has taken it: 1 s, doubling to 30 s, with jitter.</summary>
    private async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        await foreach (var delay in _announce.Reader.ReadAllAsync(cancellationToken))
        {
            await Task.Delay(delay, _time, cancellationToken);
            var backOff = FirstBackOff;
            while (!await TryAnnounceAsync(cancellationToken))
            {
                await Task.Delay(backOff * (0.75 + (_random.NextDouble() / 2)), _time, cancellationToken);
                backOff = TimeSpan.FromTicks(Math.Min(backOff.Ticks * 2, LongestBackOff.Ticks));
            }

            await SnapshotAsync(cancellationToken);
        }
    }

    private async Task<bool> TryAnnounceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var reply = await _connection.RequestAsync<byte[], string>(_subjects.Announce, _device.Announcement(), cancellationToken: cancellationToken);
            var text = reply.Data ?? "";
            if (text.Contains("\"ok\":true", StringComparison.Ordinal))
            {
                return true;
            }

            LogRefused(_device.Id, text);

            // What is wrong with it stays wrong; only a full store heals.
            return !text.Contains("NOT_STORED", StringComparison.Ordinal);
        }
        catch (NatsException exception)
        {
            LogUnheard(_device.Id, exception.Message);
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task SnapshotAsync(CancellationToken cancellationToken)
    {
        await _alone.WaitAsync(cancellationToken);
        try
        {
            await PublishAsync(_subjects.StateOf(_device.Id), _device.Snapshot(), cancellationToken);
        }
        finally
        {
            _alone.Release();
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await foreach (var message in _connection.SubscribeAsync<byte[]>(_subjects.SetOf(_device.Id), cancellationToken: cancellationToken))
        {
            await _alone.WaitAsync(cancellationToken);
            try
            {
                var (answer, changed) = _device.Execute(message.Data ?? []);

                // The state goes out before the answer, so that whoever waits for the answer finds it there.
                if (changed is { HasState: true })
                {
                    await PublishAsync(_subjects.StateOf(_device.Id, changed.Key), SimulatedDevice.StateOf(changed), cancellationToken);
                }

                await RingAsync(cancellationToken);
                if (message.ReplyTo is { } reply && (ReplySubject.MayBeAnswered(reply) || reply.StartsWith(ReplySubject.SidecarInbox + ".", StringComparison.Ordinal)))
                {
                    await message.ReplyAsync(answer, cancellationToken: cancellationToken);
                }
            }
            finally
            {
                _alone.Release();
            }
        }
    }

    private async Task HearRequestsAsync(CancellationToken cancellationToken)
    {
        const int longest = 5_000;
        await foreach (var _ in _connection.SubscribeAsync<byte[]>(_subjects.DiscoveryRequest, cancellationToken: cancellationToken))
        {
            _announce.Writer.TryWrite(TimeSpan.FromMilliseconds(_random.Next(longest)));
        }
    }

    private async Task RingAsync(CancellationToken cancellationToken)
    {
        foreach (var bell in _device.Entities.OfType<EventEntity>())
        {
            if (bell.TakeRing())
            {
                await PublishAsync(_subjects.EventOf(_device.Id, bell.Key), """{"event_type":"ring"}"""u8.ToArray(), cancellationToken);
            }
        }
    }

    private async Task HealthAsync(TimeSpan elapsed, CancellationToken cancellationToken)
    {
        _uptime += elapsed;
        _sinceHealth += elapsed;
        if (_sinceHealth >= HealthPace)
        {
            _sinceHealth = TimeSpan.Zero;
            var report = $$"""{"status":"online","rssi":{{-50 - _random.Next(20)}},"uptime_s":{{(long)_uptime.TotalSeconds}}}""";
            await PublishAsync(_subjects.HealthOf(_device.Id), System.Text.Encoding.UTF8.GetBytes(report), cancellationToken);
        }
    }

    private ValueTask PublishAsync(string subject, byte[] payload, CancellationToken cancellationToken) =>
        _connection.PublishAsync(subject, payload, cancellationToken: cancellationToken);

    [LoggerMessage(1500, LogLevel.Warning, "Simulated device {Device} was refused: {Reply}")]
    private partial void LogRefused(DeviceId device, string reply);

    [LoggerMessage(1501, LogLevel.Debug, "Simulated device {Device} was not heard: {Reason}")]
    private partial void LogUnheard(DeviceId device, string reason);
}
