using HaNatsBridge.Host.HomeAssistant.Internal.Hub;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Requests;

/// <summary>
/// <c>home.events.system.up</c> when a Home Assistant is connected, <c>home.events.system.down</c> when none has been for 5 s: also
/// when it was killed and could not report its stop. A reload of its entry or a short loss of the connection is no event.
/// </summary>
internal sealed partial class PresenceService(
    ClientSessions sessions, IHomeStorage storage, TimeProvider time, ILogger<PresenceService> log) : BackgroundService
{
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private bool _isUp;
    private long _lastSeen;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            if (sessions.HasHomeAssistant)
            {
                _lastSeen = time.GetTimestamp();
                await BecomeAsync(isUp: true, stoppingToken);
            }
            else if (time.GetElapsedTime(_lastSeen) >= Grace)
            {
                await BecomeAsync(isUp: false, stoppingToken);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Publishes a change; what was not stored is tried again a second later.</summary>
    private async Task BecomeAsync(bool isUp, CancellationToken cancellationToken)
    {
        if (isUp == _isUp)
        {
            return;
        }

        var name = isUp ? "up" : "down";
        try
        {
            await storage.EnsureThisHomeAsync(cancellationToken);
            var stored = await storage.JetStream.PublishAsync(
                storage.Subjects.Events.System(name),
                isUp ? """{"event":"up","data":{}}"""u8.ToArray() : """{"event":"down","data":{}}"""u8.ToArray(),
                NatsRawSerializer<byte[]>.Default,
                cancellationToken: cancellationToken);
            stored.EnsureSuccess();
            _isUp = isUp;
        }
        catch (Exception e) when (e is NatsException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            LogNotStored(name, e.Message);
        }
    }

    [LoggerMessage(6042, LogLevel.Debug, "That Home Assistant is {State} is not stored yet: {Reason}")]
    private partial void LogNotStored(string state, string reason);
}
