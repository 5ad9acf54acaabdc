using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Tests.Registry.Support;

/// <summary>A device on a connection of its own.</summary>
internal sealed class TestDevice : IAsyncDisposable
{
    private readonly NatsConnection _connection;
    private readonly List<INatsSub<byte[]>> _sets = [];

    private TestDevice(NatsConnection connection, DeviceId id) => (_connection, Id) = (connection, id);

    public DeviceId Id { get; }

    public NatsConnection Connection => _connection;

    /// <summary>Connects; <paramref name="user"/> null: without credentials.</summary>
    public static async Task<TestDevice> ConnectAsync(string url, DeviceId id, string? user = null, string name = "device")
    {
        var options = NatsOpts.Default with
        {
            Url = url,
            Name = name,
            MaxReconnectRetry = -1,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(50),
            ReconnectWaitMax = TimeSpan.FromMilliseconds(200),
        };
        if (user is not null)
        {
            var credential = new NatsAuthOpts { Username = user, Password = "device" };
            options = options with { AuthOpts = credential, InboxPrefix = $"_INBOX.{id}" };
        }

        var connection = new NatsConnection(options);
        await connection.ConnectAsync();
        return new TestDevice(connection, id);
    }

    /// <summary>Subscribes to its <c>.set</c>, as devices that take commands do.</summary>
    public async Task ListenAsync(DeviceId? id = null)
    {
        _sets.Add(await _connection.SubscribeCoreAsync<byte[]>($"home.devices.{id ?? Id}.set"));
        await _connection.PingAsync();
    }

    public Task<JsonElement> AnnounceAsync(object? more = null, string? subject = null) =>
        AnnounceRawAsync(Describe(Id, more), subject);

    public async Task<JsonElement> AnnounceRawAsync(byte[] payload, string? subject = null)
    {
        var reply = await _connection.RequestAsync<byte[], byte[]>(
            subject ?? "home.discovery.announce",
            payload,
            replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(10), ThrowIfNoResponders = true });
        return JsonDocument.Parse(reply.Data!).RootElement;
    }

    /// <summary>As the contract tells a device: again on no responders, timeout and NOT_STORED.</summary>
    public async Task<bool> AnnounceUntilAcceptedAsync()
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            try
            {
                var reply = await _connection.RequestAsync<byte[], byte[]>(
                    "home.discovery.announce", Describe(
                        Id), replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(1), ThrowIfNoResponders = true });
                if (JsonDocument.Parse(reply.Data!).RootElement.GetProperty("ok").GetBoolean())
                {
                    return true;
                }
            }
            catch (NatsException)
            {
                // Dropped in the flood, or nobody there: that is what the next attempt is for.
            }

            await Task.Delay(100);
        }

        return false;
    }

    public async Task<JsonElement> RemoveAsync(TimeSpan? timeout = null)
    {
        var request = Encoding.UTF8.GetBytes($$"""{"type":"{{Id.Type}}","id":"{{Id.Id}}"}""");
        var options = new NatsSubOpts { Timeout = timeout ?? TimeSpan.FromSeconds(10), ThrowIfNoResponders = true };
        var reply = await _connection.RequestAsync<byte[], byte[]>("home.discovery.remove", request, replyOpts: options);
        return JsonDocument.Parse(reply.Data!).RootElement;
    }

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();

    /// <summary>
    /// An announcement: one temperature sensor, unless <paramref name="more"/> has entities of its own; its members replace the
    /// usual ones.
    /// </summary>
    public static byte[] Describe(DeviceId id, object? more = null)
    {
        var members = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["schema"] = 1,
            ["type"] = id.Type,
            ["id"] = id.Id,
            ["name"] = $"Device {id}",
            ["entities"] = new object[] { Sensor("temperature") },
        };
        if (more is not null)
        {
            foreach (var member in JsonSerializer.SerializeToElement(more).EnumerateObject())
            {
                members[member.Name] = member.Value;
            }
        }

        return JsonSerializer.SerializeToUtf8Bytes(members);
    }

    public static object Sensor(string key) =>
        new { key, platform = "sensor", device_class = "temperature", state_class = "measurement", unit_of_measurement = "°C" };
}
