using System.Buffers;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Devices;
using HaNatsBridge.Host.Timing;
using HaNatsBridge.Mqtt;
using DeviceDescription = HaNatsBridge.Devices.DeviceDescription;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>
/// Does what a <see cref="MqttHome"/> wants: it notes the wishes, and <see cref="SendAsync"/> carries them out in order. While
/// the broker is away its devices are disconnected from the home, which makes them unavailable there.
/// </summary>
internal sealed partial class BridgeListener(
    BrokerAddress broker, DeviceConnection home, Outbox mqtt, TimeProvider time, ILogger log) : IMqttHomeListener
{
    private const int ReportsInAMinute = 200;
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    private readonly Dictionary<DeviceId, Device> _devices = [];
    private readonly List<Func<CancellationToken, ValueTask>> _wishes = [];
    private readonly HashSet<DeviceId> _removals = [];
    private readonly LogPause _pause = new(time);
    private bool _isConnected;
    private int _reports;
    private long _reportsSince;
    private long _unused;
    private long _refused;

    /// <summary>Carries out a command.</summary>
    public required CommandHandler Command { get; init; }

    /// <summary>Calls something later.</summary>
    public required Func<TimeSpan, Action, IDisposable> Later { get; init; }

    /// <summary>A message has come for an entity.</summary>
    public required Action<EntityId> EntityCame { get; init; }

    /// <summary>How many devices there are.</summary>
    public int Count => _devices.Count;

    /// <summary>How many messages were not used.</summary>
    public long Unused => Interlocked.Read(ref _unused);

    /// <summary>How many discovery messages were not used, or not whole.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Carries out what was wished since the last call.</summary>
    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        foreach (var wish in _wishes)
        {
            await wish(cancellationToken);
        }

        _wishes.Clear();
    }

    /// <summary>The broker is there: so are its devices. Those that listen to <c>status</c> announce themselves.</summary>
    public async ValueTask ConnectedAsync(CancellationToken cancellationToken)
    {
        _isConnected = true;
        foreach (var device in _devices.Values)
        {
            Attach(device);
        }

        await SendAsync(cancellationToken);
        _ = mqtt.PublishAsync(broker.Status(BrokerAddress.Online));
    }

    /// <summary>The broker is away: so are its devices.</summary>
    public async ValueTask LostAsync(CancellationToken cancellationToken)
    {
        _isConnected = false;
        foreach (var device in _devices.Keys)
        {
            await home.DetachAsync(device, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Subscribe(string filter, int qos) => mqtt.Subscribe(filter, qos);

    /// <inheritdoc/>
    public void Unsubscribe(string filter) => mqtt.Unsubscribe(filter);

    /// <inheritdoc/>
    public void Describe(
        DeviceId device, JsonObject fields, IReadOnlyList<(string Key, string Platform, JsonObject Fields)> entities)
    {
        try
        {
            _removals.Remove(device);
            var description = new DeviceDescription(device.Type, device.Id, fields);
            foreach (var (key, platform, own) in entities)
            {
                description = description.With(key, platform, own);
            }

            if (_devices.TryGetValue(device, out var known))
            {
                known.Describe(description);
                return;
            }

            var made = new Device(description, time);
            made.OnCommand(Command);
            made.Announced += reply => Report(device, reply);
            _devices[device] = made;
            if (_isConnected)
            {
                Attach(made);
            }
        }
        catch (ArgumentException exception)
        {
            LogNotDescribed(broker, device, exception.Message);
        }
    }

    /// <inheritdoc/>
    public void Remove(DeviceId device)
    {
        if (_devices.Remove(device))
        {
            _removals.Add(device);
            Forget(device);
        }
    }

    /// <inheritdoc/>
    public void State(DeviceId device, string key, JsonNode? state) =>
        Publish(device, key, (known, cancellationToken) => known.PublishStateAsync(key, state, cancellationToken));

    /// <inheritdoc/>
    public void Came(DeviceId device, string key) => EntityCame(new EntityId(device, key));

    /// <inheritdoc/>
    public void Event(DeviceId device, string key, string type, JsonObject? attributes) =>
        Publish(device, key, (known, cancellationToken) => known.PublishEventAsync(key, type, attributes, cancellationToken));

    /// <inheritdoc/>
    public void Picture(DeviceId device, string key, ReadOnlyMemory<byte> bytes, string contentType) =>
        Publish(device, key, async (known, cancellationToken) => await known.PublishImageAsync(key, bytes, contentType, cancellationToken));

    /// <inheritdoc/>
    public void Rejected(string topic, IReadOnlyList<ContractError> errors)
    {
        Interlocked.Increment(ref _refused);
        if (!MayReport())
        {
            return;
        }

        foreach (var error in errors)
        {
            LogRejected(broker, topic, error.Path, error.Message);
        }

        var record = new ArrayBufferWriter<byte>();
        AnnounceReply.WriteRejected(
            record, new AnnouncementResult { Errors = [.. errors] }, $"mqtt {broker.Name} {topic}", [], time.GetUtcNow());
        _wishes.Add(async cancellationToken => await home.PublishRejectedAsync(record.WrittenMemory, cancellationToken));
    }

    /// <inheritdoc/>
    public void Ignored(string topic, string why)
    {
        Interlocked.Increment(ref _unused);
        if (_pause.TryPass())
        {
            LogIgnored(broker, topic, why);
        }
    }

    /// <inheritdoc/>
    IDisposable IMqttHomeListener.Later(TimeSpan delay, Action action) => Later(delay, action);

    /// <summary>Has the home forget a device: asked until it answers, or until the device is there again.</summary>
    private void Forget(DeviceId device) => _wishes.Add(async cancellationToken =>
    {
        if (!_removals.Contains(device))
        {
            return;
        }

        var reply = await home.RemoveAsync(device, cancellationToken);
        if (reply is null || reply.Errors.Any(error => error.Code == AnnounceCodes.NotStored))
        {
            Later(Again, () => Forget(device));
        }
        else
        {
            _removals.Remove(device);
        }
    });

    /// <summary>What a broker can cause as often as it likes must fill neither the log nor the stream of refused messages.</summary>
    private bool MayReport()
    {
        if (_reports == 0 || time.GetElapsedTime(_reportsSince) > TimeSpan.FromMinutes(1))
        {
            (_reports, _reportsSince) = (0, time.GetTimestamp());
        }

        if (++_reports == ReportsInAMinute)
        {
            LogManyRejected(broker);
        }

        return _reports <= ReportsInAMinute;
    }

    private void Attach(Device device)
    {
        try
        {
            home.Add(device);
        }
        catch (InvalidOperationException)
        {
            // It is connected already.
        }
    }

    private void Publish(DeviceId device, string key, Func<Device, CancellationToken, ValueTask> publish) =>
        _wishes.Add(async cancellationToken =>
        {
            if (!_devices.TryGetValue(device, out var known))
            {
                return;
            }

            try
            {
                await publish(known, cancellationToken);
            }
            catch (ArgumentException exception)
            {
                LogNotPublished(broker, new EntityId(device, key), exception.Message);
            }
        });

    private void Report(DeviceId device, DiscoveryReply reply)
    {
        foreach (var error in reply.Errors)
        {
            LogRefused(broker, device, error.Path, error.Message);
        }
    }

    [LoggerMessage(6120, LogLevel.Warning, "MQTT {Broker}: {Topic} is not used; {Path}: {Problem}")]
    private partial void LogRejected(BrokerAddress broker, string topic, string path, string problem);

    [LoggerMessage(6121, LogLevel.Information, "MQTT {Broker}: a message on {Topic} is not used: {Why} (logged once a minute at most)")]
    private partial void LogIgnored(BrokerAddress broker, string topic, string why);

    [LoggerMessage(6122, LogLevel.Warning, "MQTT {Broker}: {Device} was refused; {Path}: {Problem}")]
    private partial void LogRefused(BrokerAddress broker, DeviceId device, string path, string problem);

    [LoggerMessage(6123, LogLevel.Warning, "MQTT {Broker}: {Device} cannot be described: {Problem}")]
    private partial void LogNotDescribed(BrokerAddress broker, DeviceId device, string problem);

    [LoggerMessage(6124, LogLevel.Warning, "MQTT {Broker}: a message of {Entity} cannot be passed on: {Problem}")]
    private partial void LogNotPublished(BrokerAddress broker, EntityId entity, string problem);

    [LoggerMessage(6125, LogLevel.Warning,
        "MQTT {Broker}: too many discovery messages are not used; for the rest of the minute they are only counted")]
    private partial void LogManyRejected(BrokerAddress broker);
}
