using System.Buffers;
using System.Threading.Channels;
using HaNatsBridge.Mqtt;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>Connects to a broker once, reads what it has stored, and ends the connection.</summary>
internal sealed class BrokerExaminer(BrokerAddress broker, TimeProvider time)
{
    private const int FiltersAtOnce = 100;

    /// <summary>Without a stored message for this long, there are no more.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly MqttClientFactory _factory = new();
    private readonly Channel<MqttApplicationMessage> _messages = Channel.CreateUnbounded<MqttApplicationMessage>();
    private readonly List<InventoryProblem> _refused = [];

    /// <exception cref="IOException">There is no connection, and what to do about it.</exception>
    public async Task<BrokerInventory> RunAsync(CancellationToken cancellationToken)
    {
        using var client = await ConnectAsync(cancellationToken);
        _ = client.Gone.ContinueWith(_ => _messages.Writer.TryComplete(), TaskScheduler.Default);
        try
        {
            var listener = new InventoryListener();
            var home = new MqttHome(
                new MqttHomeOptions { DiscoveryPrefix = broker.Prefix, DeviceType = broker.Type }, listener, time);
            home.Connected();
            await SubscribeAsync(client.Mqtt, listener, cancellationToken);
            await ReadAsync(client.Mqtt, home, listener, cancellationToken);
            home.Flush();
            var found = listener.ToInventory(client.Version == MqttProtocolVersion.V311 ? "3.1.1" : "5");
            return found with { Problems = [.. _refused, .. found.Problems] };
        }
        catch (MqttCommunicationException exception)
        {
            throw new IOException($"The connection to the MQTT broker {broker} was lost: {exception.Message}", exception);
        }
        finally
        {
            await client.EndAsync();
        }
    }

    private async Task TakeAsync(MqttApplicationMessage message, Action handled)
    {
        // The client uses its buffer again.
        var payload = new ReadOnlySequence<byte>(message.Payload.ToArray());
        await _messages.Writer.WriteAsync(new MqttApplicationMessage { Topic = message.Topic, Payload = payload, Retain = message.Retain });
        // At once: the broker's answers to subscriptions come behind the messages.
        handled();
    }

    private async Task ReadAsync(IMqttClient client, MqttHome home, InventoryListener listener, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var latest = start;
        while (time.GetElapsedTime(latest) < Quiet && time.GetElapsedTime(start) < Longest)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Quiet - time.GetElapsedTime(latest) + TimeSpan.FromMilliseconds(10));
            try
            {
                if (!await _messages.Reader.WaitToReadAsync(limit.Token))
                {
                    throw new IOException(
                        $"The MQTT broker {broker} ended the connection while its messages were read. Its log says why.");
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                continue;
            }

            while (_messages.Reader.TryRead(out var message))
            {
                home.Receive(message.Topic, message.Payload.First, message.Retain);
                // Values that are sent all the time must not keep the command waiting.
                latest = message.Retain ? time.GetTimestamp() : latest;
            }

            await SubscribeAsync(client, listener, cancellationToken);
        }
    }

    private async Task SubscribeAsync(IMqttClient client, InventoryListener listener, CancellationToken cancellationToken)
    {
        foreach (var some in listener.TakeWanted().Chunk(FiltersAtOnce))
        {
            var options = _factory.CreateSubscribeOptionsBuilder();
            foreach (var (filter, qos) in some)
            {
                options.WithTopicFilter(one => one.WithTopic(filter).WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos));
            }

            var result = await client.SubscribeAsync(options.Build(), cancellationToken);
            _refused.AddRange(
                from item in result.Items
                where (int)item.ResultCode >= 0x80
                select new InventoryProblem(
                    item.TopicFilter.Topic, "", $"the broker does not allow this user to read it ({item.ResultCode})"));
        }
    }

    private async Task<BrokerClient> ConnectAsync(CancellationToken cancellationToken)
    {
        // A session of the sidecar's is left alone: the client id is new, and the broker forgets it.
        var address = broker with { IsClean = true, ClientId = null };
        try
        {
            return await BrokerClient.ConnectAsync(
                address, $"hanatsbridge-{Guid.NewGuid():N}"[..23], Patience, TakeAsync, cancellationToken, hasWill: false);
        }
        catch (IOException exception)
        {
            throw new IOException(WithRemedy(exception.Message), exception);
        }
    }

    private string WithRemedy(string problem)
    {
        if (problem.Contains(nameof(MqttClientConnectResultCode.BadUserNameOrPassword), StringComparison.Ordinal)
            || problem.Contains(nameof(MqttClientConnectResultCode.NotAuthorized), StringComparison.Ordinal))
        {
            return broker.User is null
                ? $"The MQTT broker {broker} wants a user: write mqtt://user:password@host:1883."
                : $"The MQTT broker {broker} refuses the user {broker.User}: its name or password is wrong. "
                    + "In the address, @ : / ? # and % of a password are written as %40 %3A %2F %3F %23 and %25.";
        }

        var remedy = broker.IsTls
            ? "Check host and port, whether the broker speaks TLS there (else write mqtt://), and whether the issuer of its "
                + "certificate is trusted (?ca=FILE)."
            : "Check host and port, whether the broker runs and listens on this address (mosquitto without a listener in its "
                + "configuration listens on its own machine only), and the firewall. A port with TLS, mostly 8883, needs mqtts://.";
        return $"No connection to the MQTT broker {broker}: {problem} {remedy}";
    }
}
