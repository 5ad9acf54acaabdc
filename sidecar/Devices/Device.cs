using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Devices.Internal;
using NATS.Client.Core;

namespace HaNatsBridge.Devices;

/// <summary>
/// A device: its description, its present state, its handlers. A <see cref="DeviceConnection"/> connects it. Thread-safe.
/// </summary>
/// <remarks>
/// States may be published at any time. The last one of each entity is retained and published after each announcement, so none is
/// lost with a connection.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim needs no disposal unless its wait handle is used.")]
public sealed class Device
{
    private readonly SemaphoreSlim _order = new(1, 1);
    private readonly ConcurrentDictionary<string, CommandHandler> _handlers = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly StateCache _states;
    private readonly EventQueue _events;
    private volatile DeviceDescription _description;
    private volatile CommandHandler? _anyEntity;
    private volatile DeviceConnection? _connection;
    private long _lastHealth;

    /// <summary>A device that is not connected yet.</summary>
    /// <exception cref="ArgumentException">The description is too large.</exception>
    public Device(DeviceDescription description, TimeProvider? time = null)
    {
        _ = description.ToJson();
        _description = description;
        _time = time ?? TimeProvider.System;
        (_states, _events, Answers) = (new StateCache(_time), new EventQueue(_time), new AnswerMemory(_time));
    }

    /// <summary>Raised for each reply to an announcement: what is wrong, and what looks wrong. Must not block.</summary>
    public event Action<DiscoveryReply>? Announced;

    /// <summary>The device's identity.</summary>
    public DeviceId Id => _description.Id;

    /// <summary>What it announces.</summary>
    public DeviceDescription Description => _description;

    /// <summary>The last reply to an announcement; null before the first.</summary>
    public DiscoveryReply? LastReply { get; private set; }

    /// <summary>Makes the health report: <c>new { status = "online", rssi = -60, battery = 87 }</c>.</summary>
    /// <remarks>By default <c>{"status": "online"}</c>.</remarks>
    public Func<object?>? Health { get; set; }

    /// <summary>How often health is published, a second at least.</summary>
    /// <remarks>By default three times within the lease, and without a lease only after an announcement.</remarks>
    public TimeSpan? HealthInterval { get; set; }

    internal AnswerMemory Answers { get; }

    internal ConfigHandler? Config { get; private set; }

    private TimeSpan Heartbeat => HealthInterval ?? _description.Lease / 3;

    /// <summary>Announces another description instead. States of entities that are gone are forgotten.</summary>
    /// <exception cref="ArgumentException">It is another device's, or too large.</exception>
    public void Describe(DeviceDescription description)
    {
        if (description.Id != Id)
        {
            throw new ArgumentException($"This is the description of {description.Id}, not of {Id}.", nameof(description));
        }

        _ = description.ToJson();
        _description = description;
        _connection?.AnnounceAgain(Id);
    }

    /// <summary>Handles the commands to one entity.</summary>
    public void OnCommand(string entity, CommandHandler handler) => _handlers[entity] = handler;

    /// <summary>Handles the commands to all entities without a handler of their own.</summary>
    public void OnCommand(CommandHandler handler) => _anyEntity = handler;

    /// <summary>Handles the device's configuration. To be set before the device is added to a connection.</summary>
    public void OnConfig(ConfigHandler handler) => Config = handler;

    /// <summary>Publishes an entity's state, a scalar or an object. What an object leaves out is unknown.</summary>
    /// <exception cref="ArgumentException">No such entity, or more than 64 KiB.</exception>
    public ValueTask PublishStateAsync(string entity, object? state, CancellationToken cancellationToken = default)
    {
        var payload = Payload.Of(state);
        Check(entity, payload.Length);
        return InOrderAsync(
            async connection =>
            {
                _states.Set(entity, payload);
                await SendAsync(connection, subjects => subjects.StateOf(Id, entity), payload, cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>Publishes the whole device's state, an object with a member an entity. What is left out is unknown.</summary>
    /// <exception cref="ArgumentException">Not an object, no such entity, or more than 64 KiB.</exception>
    public ValueTask PublishStatesAsync(object states, CancellationToken cancellationToken = default)
    {
        var members = Payload.Members(states, nameof(states));
        var payload = Payload.Of(states);
        foreach (var key in members.Keys)
        {
            Check(key, payload.Length);
        }

        return InOrderAsync(
            async connection =>
            {
                _states.Replace(members);
                await SendAsync(connection, subjects => subjects.StateOf(Id), payload, cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>Publishes an event. Without a connection it waits for the next one, up to 30 s.</summary>
    /// <param name="entity">The event entity's key.</param>
    /// <param name="eventType">One of its event types.</param>
    /// <param name="attributes">An object with further attributes.</param>
    /// <param name="cancellationToken">Ends the wait for other messages of this device.</param>
    /// <exception cref="ArgumentException">No such entity; attributes are no object.</exception>
    public ValueTask PublishEventAsync(
        string entity, string eventType, object? attributes = null, CancellationToken cancellationToken = default)
    {
        var members = Payload.Members(attributes, nameof(attributes));
        var payload = Payload.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("event_type", eventType);
            json.WriteMembers(members);
            json.WriteEndObject();
        });
        Check(entity, payload.Length);
        return InOrderAsync(
            async connection =>
            {
                if (!await SendAsync(connection, subjects => subjects.EventOf(Id, entity), payload, cancellationToken))
                {
                    _events.Add(entity, payload);
                }
            },
            cancellationToken);
    }

    /// <summary>Publishes values that were measured while there was no connection, into history only.</summary>
    /// <returns>Whether the server has all of them. If not, publish them again later.</returns>
    /// <exception cref="ArgumentException">No such entity.</exception>
    public Task<bool> PublishPastAsync(
        string entity, IEnumerable<PastValue> values, CancellationToken cancellationToken = default)
    {
        Check(entity, 0);
        return _connection is { } connection
            ? connection.TryPublishAllAsync(connection.Subjects.PastOf(Id, entity), values.Select(Message), cancellationToken)
            : Task.FromResult(false);

        static (byte[] Payload, NatsHeaders Headers) Message(PastValue value) => (
            Payload.Of(value.Value),
            new NatsHeaders
            {
                [HomeHeaders.MeasuredAt] =
                    value.MeasuredAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            });
    }

    /// <summary>Publishes a picture of a camera or image entity.</summary>
    /// <returns>Whether there was a connection to publish it on.</returns>
    /// <exception cref="ArgumentException">No such entity, or more bytes than the server takes in one message.</exception>
    public ValueTask<bool> PublishImageAsync(
        string entity, ReadOnlyMemory<byte> image, string contentType, CancellationToken cancellationToken = default)
    {
        Check(entity, 0);
        var headers = new NatsHeaders { ["Content-Type"] = contentType };
        return _connection is { } connection
            ? connection.TryPublishAsync(connection.Subjects.ImageOf(Id, entity), image, headers, cancellationToken)
            : ValueTask.FromResult(false);
    }

    /// <summary>Publishes health now, as when it changed.</summary>
    public async ValueTask PublishHealthAsync(CancellationToken cancellationToken = default)
    {
        Volatile.Write(ref _lastHealth, _time.GetTimestamp());
        var report = Payload.Of(Health?.Invoke() ?? new { status = "online" });
        await SendAsync(_connection, subjects => subjects.HealthOf(Id), report, cancellationToken);
    }

    internal async ValueTask HeartbeatAsync(CancellationToken cancellationToken)
    {
        if (Heartbeat > TimeSpan.Zero && _time.GetElapsedTime(Volatile.Read(ref _lastHealth)) >= Heartbeat)
        {
            await PublishHealthAsync(cancellationToken);
        }
    }

    /// <summary>Publishes what the home has to know after a connect: states, events that waited, health.</summary>
    internal async ValueTask RestoreAsync(CancellationToken cancellationToken)
    {
        await InOrderAsync(
            async connection =>
            {
                _states.Keep(_description);
                foreach (var (key, state) in _states.Messages(_description))
                {
                    string Subject(HomeSubjects subjects) => key is null ? subjects.StateOf(Id) : subjects.StateOf(Id, key);
                    await SendAsync(connection, Subject, state, cancellationToken);
                }

                while (_events.TryPeek(out var oldest)
                    && await SendAsync(connection, subjects => subjects.EventOf(Id, oldest.Key), oldest.Event, cancellationToken))
                {
                    _events.Remove();
                }
            },
            cancellationToken);
        if (Heartbeat > TimeSpan.Zero || Health is not null)
        {
            await PublishHealthAsync(cancellationToken);
        }
    }

    internal CommandHandler? HandlerOf(string entity) => _handlers.GetValueOrDefault(entity) ?? _anyEntity;

    internal void Take(DiscoveryReply reply)
    {
        LastReply = reply;
        Announced?.Invoke(reply);
    }

    internal bool TryAttach(DeviceConnection connection) =>
        Interlocked.CompareExchange(ref _connection, connection, null) is null;

    internal void Detach() => _connection = null;

    private static ValueTask<bool> SendAsync(
        DeviceConnection? connection, Func<HomeSubjects, string> subject, byte[] payload, CancellationToken cancellationToken) =>
        connection?.TryPublishAsync(subject(connection.Subjects), payload, null, cancellationToken)
        ?? ValueTask.FromResult(false);

    /// <summary>States are retained in the order in which they are published.</summary>
    private async ValueTask InOrderAsync(Func<DeviceConnection?, Task> publish, CancellationToken cancellationToken)
    {
        await _order.WaitAsync(cancellationToken);
        try
        {
            await publish(_connection);
        }
        finally
        {
            _order.Release();
        }
    }

    private void Check(string entity, int bytes)
    {
        if (!_description.Has(entity))
        {
            throw new ArgumentException($"{Id} has no entity {entity}.", nameof(entity));
        }

        if (bytes > StateCache.MaxBytes)
        {
            throw new ArgumentException($"{bytes} bytes of {Id}; the home stores at most {StateCache.MaxBytes}.", nameof(bytes));
        }
    }
}
