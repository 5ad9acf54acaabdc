using System.Buffers;
using System.Net.Sockets;
using System.Security.Authentication;
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

    private readonly MqttClientFactory _factory = new();
    private readonly Channel<MqttApplicationMessage> _messages = Channel.CreateUnbounded<MqttApplicationMessage>();
    private readonly List<InventoryProblem> _refused = [];

    /// <exception cref="IOException">There is no connection, and what to do about it.</exception>
    public async Task<BrokerInventory> RunAsync(CancellationToken cancellationToken)
    {
        using var client = _factory.CreateMqttClient();
        client.ApplicationMessageReceivedAsync += received => _messages.Writer.WriteAsync(Copy(received.ApplicationMessage)).AsTask();
        client.DisconnectedAsync += _ =>
        {
            _messages.Writer.TryComplete();
            return Task.CompletedTask;
        };
        var version = await ConnectAsync(client, cancellationToken);
        try
        {
            var listener = new InventoryListener();
            var home = new MqttHome(
                new MqttHomeOptions { DiscoveryPrefix = broker.Prefix, DeviceType = broker.Type }, listener, time);
            home.Connected();
            await SubscribeAsync(client, listener, cancellationToken);
            await ReadAsync(client, home, listener, cancellationToken);
            home.Flush();
            var found = listener.ToInventory(version == MqttProtocolVersion.V311 ? "3.1.1" : "5");
            return found with { Problems = [.. _refused, .. found.Problems] };
        }
        catch (MqttCommunicationException exception)
        {
            throw new IOException($"The connection to the MQTT broker {broker} was lost: {exception.Message}", exception);
        }
        finally
        {
            await BrokerConnection.DisconnectAsync(client);
        }
    }

    /// <summary>The client uses its buffer again.</summary>
    private static MqttApplicationMessage Copy(MqttApplicationMessage message) => new()
    {
        Topic = message.Topic, Payload = new ReadOnlySequence<byte>(message.Payload.ToArray()), Retain = message.Retain,
    };

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

    private async Task<MqttProtocolVersion> ConnectAsync(IMqttClient client, CancellationToken cancellationToken)
    {
        MqttProtocolVersion[] versions = broker.Version switch
        {
            311 => [MqttProtocolVersion.V311],
            5 => [MqttProtocolVersion.V500],
            _ => [MqttProtocolVersion.V500, MqttProtocolVersion.V311],
        };
        // A session of the sidecar's is left alone: the id is new, and the broker forgets it.
        var address = broker with { IsClean = true };
        var clientId = $"hanatsbridge-import-{Guid.NewGuid():N}"[..32];
        foreach (var version in versions)
        {
            try
            {
                var result = await client.ConnectAsync(ClientOptions.For(address, version, clientId, will: null), cancellationToken);
                if (result.ResultCode == MqttClientConnectResultCode.Success)
                {
                    return version;
                }

                if (IsAboutUser(result.ResultCode) || version == versions[^1])
                {
                    throw Refused(result.ResultCode);
                }
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested
                && exception is not IOException { InnerException: null }
                && (version == versions[^1] || Find<SocketException>(exception) is not null || Find<AuthenticationException>(exception) is not null))
            {
                throw Failed(exception);
            }
            catch (MqttCommunicationException)
            {
                // Some brokers end the connection at a version that they do not speak.
            }
        }

        throw new InvalidOperationException("one of the versions has ended it");
    }

    private static bool IsAboutUser(MqttClientConnectResultCode code) =>
        code is MqttClientConnectResultCode.BadUserNameOrPassword or MqttClientConnectResultCode.NotAuthorized;

    private IOException Refused(MqttClientConnectResultCode code) => new((IsAboutUser(code), broker.User) switch
    {
        (true, null) => $"The MQTT broker {broker} wants a user: write mqtt://user:password@host:1883.",
        (true, var user) => $"The MQTT broker {broker} refuses the user {user}: its name or password is wrong. "
            + "In the address, @ : / ? # and % of a password are written as %40 %3A %2F %3F %23 and %25.",
        _ => $"The MQTT broker {broker} refuses the connection: {code}.",
    });

    private IOException Failed(Exception exception)
    {
        var problem = (exception.InnerException ?? exception).Message.TrimEnd('.');
        if (Find<AuthenticationException>(exception) is { } tls)
        {
            return new IOException(
                $"The MQTT broker {broker} cannot be verified: {tls.Message} Name the issuer of its certificate with ?ca=FILE.", exception);
        }

        var remedy = broker.IsTls
            ? "Check host and port, and whether the broker speaks TLS there (mqtts://); without TLS write mqtt://."
            : "Check host and port, whether the broker runs and listens on this address (mosquitto without a listener in its "
                + "configuration listens on its own machine only), and the firewall. A port with TLS, mostly 8883, needs mqtts://.";
        return new IOException($"No connection to the MQTT broker {broker}: {problem}. {remedy}", exception);
    }

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        while (exception is not (null or T))
        {
            exception = exception.InnerException;
        }

        return exception as T;
    }
}
