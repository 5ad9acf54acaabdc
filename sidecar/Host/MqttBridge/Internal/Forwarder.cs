using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Timing;
using HaNatsBridge.Mqtt;
using NATS.Client.Core;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>
/// Passes messages between one broker's topics and subjects, as the rules say. A message never goes back to where it came from:
/// on NATS a header names the broker, and what was published at the broker is known by its topic and payload when it comes back.
/// What finds no room, no connection or no topic is dropped and counted.
/// </summary>
internal sealed partial class Forwarder(
    BrokerAddress broker, IReadOnlyList<ForwardRule> rules, Outbox outbox, IHomeLink link, TimeProvider time, ILogger log)
{
    private const string Origin = "Mqtt-Broker";
    private const string Retained = "Mqtt-Retain";
    private const string Quality = "Mqtt-Qos";
    private const int MostEchoes = 2000;

    /// <summary>The server counts the headers too.</summary>
    private const int HeaderRoom = 512;

    private static readonly TimeSpan EchoTime = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Queue<(UInt128 Key, long At)> _order = new();
    private readonly Dictionary<UInt128, int> _echoes = [];
    private readonly LogPause _pause = new(time);
    private long _passed;
    private long _dropped;

    /// <summary>How many messages were passed on.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    /// <summary>How many were not.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Subscribes at the broker: after each connect.</summary>
    public void Connected()
    {
        foreach (var rule in rules.Where(rule => rule.ToNats))
        {
            outbox.Subscribe(rule.Filter, 1);
        }
    }

    /// <summary>A message of the broker.</summary>
    public async ValueTask TakeAsync(string topic, ReadOnlyMemory<byte> payload, bool isRetained, CancellationToken cancellationToken)
    {
        var subjects = rules.Select(rule => rule.SubjectOf(topic)).OfType<string>().Distinct().ToList();
        if (subjects.Count == 0 || IsEcho(topic, payload.Span))
        {
            return;
        }

        foreach (var subject in subjects)
        {
            if (!link.IsUp || payload.Length + HeaderRoom > (link.Home.ServerInfo?.MaxPayload ?? 0))
            {
                Drop(topic, link.IsUp ? "it is too large for the NATS server" : "there is no connection to NATS");
                continue;
            }

            var headers = new NatsHeaders { [Origin] = broker.Name };
            if (isRetained)
            {
                headers[Retained] = "1";
            }

            await link.Home.PublishAsync(
                subject, payload, headers, serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default, cancellationToken: cancellationToken);
            Interlocked.Increment(ref _passed);
        }
    }

    /// <summary>Passes what comes on the subjects to the broker, until it is cancelled.</summary>
    public Task RunAsync(CancellationToken stoppingToken) =>
        Task.WhenAll([
            Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken),
            .. rules.Where(rule => rule.ToMqtt).Select(rule => ListenAsync(rule, stoppingToken)),
        ]);

    private async Task ListenAsync(ForwardRule rule, CancellationToken stoppingToken)
    {
        await foreach (var message in link.Home.SubscribeAsync(
            rule.Subjects, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: stoppingToken))
        {
            if (message.Headers is { } headers && headers.TryGetValue(Origin, out var origin) && origin == broker.Name)
            {
                continue;
            }

            if (rule.TopicOf(message.Subject) is not { } topic)
            {
                Drop(message.Subject, "it is no topic");
                continue;
            }

            Send(new MqttPublish(topic, message.Data ?? [], QosOf(message.Headers), IsRetained(message.Headers)));
        }
    }

    private void Send(MqttPublish message)
    {
        var sending = outbox.PublishAsync(message);
        if (sending is { IsCompleted: true, Result: false })
        {
            Drop(message.Topic, "too many wait for the broker");
            return;
        }

        Expect(message.Topic, message.Payload.Span);
        _ = CountAsync(message.Topic, sending);
    }

    private async Task CountAsync(string topic, Task<bool> sending)
    {
        if (await sending)
        {
            Interlocked.Increment(ref _passed);
        }
        else
        {
            Drop(topic, "the broker is away or did not take it");
        }
    }

    private void Drop(string what, string why)
    {
        Interlocked.Increment(ref _dropped);
        if (_pause.TryPass())
        {
            LogDropped(broker, what, why);
        }
    }

    private void Expect(string topic, ReadOnlySpan<byte> payload)
    {
        if (!rules.Any(rule => rule.SubjectOf(topic) is not null))
        {
            return;
        }

        var key = KeyOf(topic, payload);
        lock (_lock)
        {
            _order.Enqueue((key, time.GetTimestamp()));
            _echoes[key] = _echoes.GetValueOrDefault(key) + 1;
            Forget();
        }
    }

    private bool IsEcho(string topic, ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            Forget();
            if (_echoes.Count == 0)
            {
                return false;
            }

            var key = KeyOf(topic, payload);
            return Take(key);
        }
    }

    private void Forget()
    {
        while (_order.TryPeek(out var oldest) && (_order.Count > MostEchoes || time.GetElapsedTime(oldest.At) > EchoTime))
        {
            _order.Dequeue();
            Take(oldest.Key);
        }
    }

    private bool Take(UInt128 key)
    {
        if (!_echoes.TryGetValue(key, out var count))
        {
            return false;
        }

        if (count == 1)
        {
            _echoes.Remove(key);
        }
        else
        {
            _echoes[key] = count - 1;
        }

        return true;
    }

    private static UInt128 KeyOf(string topic, ReadOnlySpan<byte> payload)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(topic));
        hash.AppendData([0]);
        hash.AppendData(payload);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash.GetHashAndReset());
    }

    private static int QosOf(NatsHeaders? headers) =>
        headers is not null && headers.TryGetValue(Quality, out var value) && value.ToString() is ("1" or "2")
            ? value.ToString()[0] - '0'
            : 0;

    private static bool IsRetained(NatsHeaders? headers) =>
        headers is not null && headers.TryGetValue(Retained, out var value) && value == "1";

    [LoggerMessage(6130, LogLevel.Warning, "MQTT {Broker}: {What} is not passed on: {Why} (logged once a minute at most)")]
    private partial void LogDropped(BrokerAddress broker, string what, string why);
}
