using HaNatsBridge.Contract.Identity;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace HaNatsBridge.Devices.Internal;

/// <summary>A device on a connection: announces it, restores its state, takes its commands.</summary>
internal sealed partial class DeviceWorker(Device device, Session session, Surroundings surroundings)
{
    private readonly Alarm _alarm = new(surroundings.Time);
    private readonly BackOff _backOff = new(surroundings.Chance);
    private readonly CommandQueue _commands = new(device, session, surroundings);
    private readonly ILogger _logger = surroundings.Logger;
    private volatile bool _isRestored;
    private bool _isUnanswered;

    private HomeSubjects Subjects => surroundings.Subjects;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Before it announces: by its subscription the home knows whose connection it is.
        await using var commands = await SubscribeAsync(Subjects.SetOf(device.Id), cancellationToken);
        await using var config =
            device.Config is null ? null : await SubscribeAsync(Subjects.ConfigOf(device.Id), cancellationToken);
        _alarm.Schedule(TimeSpan.Zero);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> tasks = [_commands.RunAsync(stop.Token), AnnounceAsync(stop.Token)];
        foreach (var subscription in (Subscription?[])[commands, config])
        {
            if (subscription is not null)
            {
                tasks.Add(subscription.ReadAsync(_commands.Add, stop.Token));
            }
        }

        try
        {
            await await Task.WhenAny(tasks);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Announce(TimeSpan delay) => _alarm.Schedule(delay);

    public void Reconnected()
    {
        _isRestored = false;
        _backOff.Reset();
        _alarm.Schedule(TimeSpan.Zero);
    }

    public void Take(NatsMsg<byte[]> message) => _commands.Add(message);

    public ValueTask HeartbeatAsync(CancellationToken cancellationToken) => device.HeartbeatAsync(cancellationToken);

    /// <summary>None for a gateway: the connection has one for all of them.</summary>
    private async Task<Subscription?> SubscribeAsync(string subject, CancellationToken cancellationToken) =>
        surroundings.Scope.GatewayType is null ? await session.SubscribeAsync(subject, cancellationToken) : null;

    private async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _alarm.WaitAsync(cancellationToken);
            var subject = surroundings.Scope.IsCredential ? Subjects.AnnounceOf(device.Id) : Subjects.Announce;
            var reply = await session.TryRequestAsync(subject, device.Description.ToJson(), cancellationToken);
            if (reply is not null)
            {
                Report(reply);
            }
            else if (!_isUnanswered)
            {
                LogUnanswered(device.Id);
            }

            _isUnanswered = reply is null;

            // Once even without an answer, for the stream stores states while no sidecar runs; and with each accepted
            // announcement, for the home may have lost its store.
            if (reply is { Ok: true } || !_isRestored)
            {
                _isRestored = true;
                await device.RestoreAsync(cancellationToken);
            }

            if (reply is null or { MayBeTried: true })
            {
                _alarm.Schedule(_backOff.Next());
            }
            else
            {
                _backOff.Reset();
            }
        }
    }

    private void Report(DiscoveryReply reply)
    {
        var isNew = device.LastReply is not { } last
            || !last.Errors.SequenceEqual(reply.Errors)
            || !last.Warnings.SequenceEqual(reply.Warnings);
        device.Take(reply);
        if (!isNew)
        {
            return;
        }

        foreach (var error in reply.Errors)
        {
            var outcome = error.Kept ? "is in part as it was" : reply.Ok ? "is announced in part" : "is refused";
            LogError(device.Id, outcome, error.Path, error.Code, error.Message);
        }

        foreach (var warning in reply.Warnings)
        {
            LogWarning(device.Id, warning.Path, warning.Code, warning.Message);
        }
    }

    [LoggerMessage(5012, LogLevel.Information, "No answer to the announcement of {Device}; it is repeated until there is one")]
    private partial void LogUnanswered(DeviceId device);

    [LoggerMessage(5010, LogLevel.Warning, "{Device} {Outcome}: {Path}: {Code}: {Message}")]
    private partial void LogError(DeviceId device, string outcome, string path, string code, string message);

    [LoggerMessage(5011, LogLevel.Information, "{Device} is announced, but look at {Path}: {Code}: {Message}")]
    private partial void LogWarning(DeviceId device, string path, string code, string message);
}
