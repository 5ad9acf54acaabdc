using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Devices;
using HaNatsBridge.Host.ConfiguredDevices;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.ForeignSubjects.Internal;

/// <summary>
/// Follows the subjects and publishes what it hears as the states of devices; sends their commands. A device with a wildcard
/// exists from its first message on; after a restart the registry knows it.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim needs no disposal unless its wait handle is used.")]
internal sealed partial class SubjectBridge
{
    /// <summary>The most devices of one entry: whoever publishes may choose the words.</summary>
    private const int MostDevices = 1000;

    private const int Waiting = 1024;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<EntityId, Source> _sources = [];
    private readonly Dictionary<SubjectEntry, HashSet<DeviceId>> _made = [];
    private readonly IReadOnlyList<SubjectEntry> _entries;
    private readonly DeviceConnection _home;
    private readonly DeviceSet _devices;
    private readonly IHomeLink _link;
    private readonly Subscriptions _subscriptions;
    private readonly IDeviceRegistry _registry;
    private readonly SubjectCommands _commands;
    private readonly ILogger _log;
    private readonly LogPause _pause;
    private long _messages;
    private long _ignored;

    public SubjectBridge(
        IReadOnlyList<SubjectEntry> entries, DeviceConnectionOptions login, SubjectParts parts, TimeProvider time, ILogger log)
    {
        (_entries, _log, _link, _subscriptions, _registry) = (entries, log, parts.Link, parts.Subscriptions, parts.Registry);
        _home = new DeviceConnection(login with { Name = "subjects" }, log, time);
        _devices = new DeviceSet(_home, time, ExecuteAsync);
        _commands = new SubjectCommands(parts.Commands);
        _pause = new LogPause(time);
    }

    /// <summary>How many devices there are.</summary>
    public int Devices => _devices.Count;

    /// <summary>How many messages have come.</summary>
    public long Messages => Interlocked.Read(ref _messages);

    /// <summary>How many of them were not used.</summary>
    public long Ignored => Interlocked.Read(ref _ignored);

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _registry.Ready.WaitAsync(stoppingToken);
            Restore();
            using var removals = _registry.Subscribe(new Removals(this, stoppingToken));
            var listening = _entries.Where(entry => entry.Pattern is not null)
                .GroupBy(entry => entry.Pattern!.Text, StringComparer.Ordinal)
                .Select(group => _subscriptions.RunAsync<byte[]>(
                    _link.Home, group.Key, null, Waiting, message => TakeAsync([.. group], message, stoppingToken), _log, stoppingToken));
            await Services.RunTogetherAsync(stoppingToken, [_home.RunAsync(stoppingToken), .. listening]);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // It was stopped.
        }
    }

    /// <summary>The devices that are known without a message: those without a wildcard, and those that were made before.</summary>
    private void Restore()
    {
        foreach (var entry in _entries.Where(entry => entry.IsFixed))
        {
            TryEnsure(entry, []);
        }

        var known = _registry.Snapshot();
        foreach (var entry in _entries.Where(entry => !entry.IsFixed))
        {
            foreach (var device in known.Where(device => device.Description.Id.Type == entry.Device.Type))
            {
                if (entry.Pattern!.WordsOfId(entry.Device.Id, device.Description.Id.Id) is { } words
                    && entry.Entities.Any(entity => device.Description.TryGetEntity(Placeholders.Fill(entity.Config.Key, words), out _)))
                {
                    TryEnsure(entry, words);
                }
            }
        }
    }

    private async ValueTask TakeAsync(SubjectEntry[] entries, NatsMsg<byte[]> message, CancellationToken stoppingToken)
    {
        Interlocked.Increment(ref _messages);
        await _gate.WaitAsync(stoppingToken);
        try
        {
            var read = new ForeignMessage(
                message.Data ?? [], new Dictionary<string, object?>(StringComparer.Ordinal) { ["subject"] = message.Subject });
            foreach (var entry in entries)
            {
                if (entry.Pattern!.WordsOf(message.Subject) is not { } words)
                {
                    Ignore(message.Subject, "a word that stands for * has other characters than A-Z a-z 0-9 _ -");
                }
                else if (TryEnsure(entry, words))
                {
                    await PublishAsync(entry, words, read, message.Subject, stoppingToken);
                }
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask PublishAsync(
        SubjectEntry entry, IReadOnlyList<string> words, ForeignMessage message, string subject, CancellationToken stoppingToken)
    {
        foreach (var entity in entry.Entities)
        {
            var id = new EntityId(entry.Device.IdFor(words)!.Value, Placeholders.Fill(entity.Config.Key, words));
            if (_sources.GetValueOrDefault(id)?.Entity != entity)
            {
                Ignore(subject, $"{id} is made by another entry");
                continue;
            }

            try
            {
                if (entity.Config.IsPicture)
                {
                    await _devices.PublishPictureAsync(id, message.Payload, stoppingToken);
                }
                else if (entity.Config.TryRead(message, out var value))
                {
                    await _devices.PublishAsync(id, entity.Config, value, stoppingToken);
                }
            }
            catch (Exception exception) when (exception is FormatException or ArgumentException)
            {
                Ignore(subject, $"{id}: {exception.Message}");
            }
        }
    }

    /// <summary>Makes the device and the entities of an entry that are not there yet.</summary>
    private bool TryEnsure(SubjectEntry entry, IReadOnlyList<string> words)
    {
        if (entry.Device.IdFor(words) is not { } id)
        {
            Ignore(entry.Pattern?.Text ?? "", "the device's id becomes no word");
            return false;
        }

        var made = _made.TryGetValue(entry, out var found) ? found : _made[entry] = [];
        if (made.Count >= MostDevices && !made.Contains(id))
        {
            Ignore(entry.Pattern?.Text ?? "", $"it has made {MostDevices} devices already");
            return false;
        }

        var entities = entry.Entities.Select(entity => (Entity: entity, Made: entity.Config.For(words))).ToList();
        if (entities.TrueForAll(one => _sources.ContainsKey(new EntityId(id, one.Made.Key))))
        {
            return true;
        }

        try
        {
            _devices.Ensure(id, Fields(entry, words), entities.Select(one => one.Made));
        }
        catch (ArgumentException exception)
        {
            Ignore(entry.Pattern?.Text ?? "", exception.Message);
            return false;
        }

        made.Add(id);
        foreach (var (entity, one) in entities)
        {
            _sources.TryAdd(new EntityId(id, one.Key), new Source(entity, words));
        }

        return true;
    }

    /// <summary>A connection of ours that closes says nothing about the program, so only a lease makes its device unavailable.</summary>
    private static JsonObject Fields(SubjectEntry entry, IReadOnlyList<string> words)
    {
        var fields = entry.Device.FieldsFor(words);
        if (!fields.ContainsKey("lease_seconds"))
        {
            fields.TryAdd("when_offline", "assumed");
        }

        return fields;
    }

    private async Task ExecuteAsync(DeviceCommand command, CancellationToken cancellationToken)
    {
        Source? source;
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _sources.TryGetValue(new EntityId(command.Device, command.Entity), out source);
        }
        finally
        {
            _gate.Release();
        }

        if (source?.Entity.Command is not { } where)
        {
            throw new CommandException(
                CommandCodes.InvalidCommand, $"The settings name no command_subject for {command.Entity} of {command.Device}.");
        }

        await _commands.SendAsync(where, Placeholders.Fill(where.Subject, source.Words), command, cancellationToken);
    }

    private async Task ForgetAsync(DeviceId id, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!_devices.Has(id))
            {
                return;
            }

            await _devices.ForgetAsync(id, cancellationToken);
            foreach (var entity in _sources.Keys.Where(entity => entity.Device == id).ToList())
            {
                _sources.Remove(entity);
            }

            foreach (var made in _made.Values)
            {
                made.Remove(id);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Ignore(string subject, string why)
    {
        Interlocked.Increment(ref _ignored);
        if (_pause.TryPass())
        {
            LogIgnored(subject, why);
        }
    }

    [LoggerMessage(6200, LogLevel.Warning, "A message on {Subject} is not used: {Why} (logged once a minute at most)")]
    private partial void LogIgnored(string subject, string why);

    private sealed record Source(SubjectEntity Entity, IReadOnlyList<string> Words);

    /// <summary>A person removed a device: it comes again with its next message.</summary>
    private sealed class Removals(SubjectBridge bridge, CancellationToken stoppingToken) : IDeviceRegistryListener
    {
        public void DeviceChanged(RegisteredDevice device)
        {
        }

        public void DeviceRemoved(DeviceId id) => _ = bridge.ForgetAsync(id, stoppingToken);

        public void AvailabilityChanged(RegisteredDevice device)
        {
        }
    }
}

/// <summary>What a <see cref="SubjectBridge"/> uses of the sidecar.</summary>
internal sealed record SubjectParts(IHomeLink Link, ICommandLink Commands, Subscriptions Subscriptions, IDeviceRegistry Registry);
