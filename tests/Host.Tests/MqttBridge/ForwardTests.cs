using System.Collections.Concurrent;
using HaNatsBridge.Host.MqttBridge;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.MqttBridge;

internal sealed class ForwardTests
{
    [TestCase("sensors/# -> sensors.>", "sensors/a/b", "sensors.a.b")]
    [TestCase("sensors/#->x.y.>", "sensors/a.b//c", "x.y.a//b./.c")]
    [TestCase("a/+/c/+ -> x.*.to.*", "a/1/c/2", "x.1.to.2")]
    [TestCase("# -> all.>", "any", "all.any")]
    [TestCase("one -> two", "one", "two")]
    public void A_topic_is_a_subject(string rule, string topic, string subject)
    {
        ForwardRule.Parse(rule, "home").SubjectOf(topic).ShouldBe(subject);
        ForwardRule.Parse(rule.Replace("->", "<->", StringComparison.Ordinal), "home").TopicOf(subject).ShouldBe(topic);
    }

    [TestCase("sensors/# -> sensors.>", "sensors")]
    [TestCase("sensors/# -> sensors.>", "other/a")]
    [TestCase("sensors/# -> sensors.>", "sensors/a b")]
    [TestCase("sensors/# -> sensors.>", "sensors/>")]
    [TestCase("sensors/# <- sensors.>", "sensors/a")]
    [TestCase("sensors/+ -> sensors.*", "sensors/a/b")]
    public void Other_topics_are_none(string rule, string topic) => ForwardRule.Parse(rule, "home").SubjectOf(topic).ShouldBeNull();

    [TestCase("a/# -> home.>", "subjects of the home")]
    [TestCase("a/# -> >", "subjects of the home")]
    [TestCase("a/+ -> *", "subjects of the home")]
    [TestCase("a/# -> $JS.>", "of the server")]
    [TestCase("a/# -> _INBOX.>", "replies")]
    [TestCase("$SYS/# -> sys.>", "the broker's own")]
    [TestCase("a/# -> b", "same wildcards")]
    [TestCase("a/+ -> b.>", "same wildcards")]
    [TestCase("a/b", "write TOPICS -> SUBJECTS")]
    [TestCase("a/#/b -> a.>", "last level")]
    [TestCase("a -> b c", "no subject")]
    [TestCase("a/# -> b.>.c", "no subject")]
    public void A_wrong_rule_says_what_would_be_right(string rule, string expected) =>
        Should.Throw<FormatException>(() => ForwardRule.Parse(rule, "home")).Message.ShouldContain(expected);

    [TestCase("5")]
    [TestCase("3.1.1")]
    public async Task Messages_go_both_ways_between_two_brokers_and_never_back(string version)
    {
        await using var one = await Mosquitto.StartAsync();
        await using var two = await Mosquitto.StartAsync();
        await using var home = await MqttBridgeHome.StartAsync(
            options: now => now.With(new MqttBridgeOptions
            {
                Forward = [ForwardRule.Parse("s/# <-> s.>", "home"), ForwardRule.Parse("t/# <-> s.>", "home")],
            }),
            brokers: [$"mqtt://127.0.0.1:{one.Port}?version={version}", $"mqtt://127.0.0.1:{two.Port}?version={version}"]);
        await Eventually.TrueAsync(() => home.Bridges.Count(bridge => bridge.IsConnected) == 2, "both are connected", MqttBridgeHome.Patience);
        await using var first = await MqttProgram.ConnectAsync(one.Port);
        await using var second = await MqttProgram.ConnectAsync(two.Port);
        await first.SubscribeAsync("#");
        await second.SubscribeAsync("#");
        var heard = new ConcurrentQueue<(string Subject, string Payload)>();
        using var end = new CancellationTokenSource();
        var nats = home.Home.Link.Home;
        var listening = Task.Run(async () =>
        {
            await foreach (var message in nats.SubscribeAsync<string>("s.>", cancellationToken: end.Token))
            {
                heard.Enqueue((message.Subject, message.Data ?? ""));
            }
        });
        await Eventually.TrueAsync(
            async () =>
            {
                await first.PublishAsync("s/warm", "up");
                await second.PublishAsync("t/warm3", "up");
                await nats.PublishAsync("s.warm2", "up");
                return second.Received.Any(message => message.Topic == "s/warm") && first.Received.Any(message => message.Topic == "s/warm2")
                    && second.Received.Any(message => message.Topic == "t/warm2") && first.Received.Any(message => message.Topic == "s/warm3")
                    && heard.Any(message => message.Subject == "s.warm");
            },
            "all are subscribed",
            MqttBridgeHome.Patience);

        await first.PublishAsync("s/a", "from one");
        await nats.PublishAsync("s.b", "from NATS", new NatsHeaders { ["Mqtt-Retain"] = "1", ["Mqtt-Qos"] = "1" });
        await second.PublishAsync("t/c", "from two");
        await Eventually.TrueAsync(() => Of(second, "from one") == 2 && Of(first, "from two") == 2 && Of(first, "from NATS") == 2, "all came");
        await first.PublishAsync("s/end", "end");
        await Eventually.TrueAsync(() => Of(second, "end") == 2 && heard.Any(message => message.Payload == "end"), "the last came");

        // Once as it was published, and once on the topic of each rule at the other broker.
        Of(first, "from one").ShouldBe(1);
        Of(second, "from two").ShouldBe(1);
        Of(second, "from one").ShouldBe(2);
        foreach (var text in new[] { "from one", "from two", "from NATS" })
        {
            heard.Count(message => message.Payload == text).ShouldBe(1, text);
        }

        await using var late = await MqttProgram.ConnectAsync(one.Port);
        await late.SubscribeAsync("s/b");
        await Eventually.TrueAsync(() => late.Received.Any(message => message is { Payload: "from NATS", IsRetained: true }), "it is retained");
        await end.CancelAsync();
        await listening.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private static int Of(MqttProgram program, string payload) => program.Received.Count(message => message.Payload == payload);
}
