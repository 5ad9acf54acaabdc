using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-40, "Permissions Violation", with real servers.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(60_000)]
public sealed class Adr40PermissionRules(NatsServerVersion version)
{
    [Test]
    [Rule("ADR-40", "Permissions Violation")]
    public async Task A_queue_group_that_is_denied_does_not_end_the_other_subscriptions_on_its_subject(CancellationToken token)
    {
        await using var server = await StartAsync("allow: [\"_INBOX.>\", \"jobs\"], deny: [\"jobs bad\"]", token);
        await using var nats = Connect(server);
        await using var plain = await nats.SubscribeCoreAsync<int>("jobs", cancellationToken: token);
        await using var good = await nats.SubscribeCoreAsync<int>("jobs", "good", cancellationToken: token);
        var bad = await nats.SubscribeCoreAsync<int>("jobs", "bad", cancellationToken: token);
        (await bad.Msgs.WaitToReadAsync(token)).ShouldBeFalse();
        (await Should.ThrowAsync<NatsServerException>(async () => await bad.DisposeAsync())).Message.ShouldContain("bad");
        await nats.PublishAsync("jobs", 7, cancellationToken: token);
        (await plain.Msgs.ReadAsync(token)).Data.ShouldBe(7);
        (await good.Msgs.ReadAsync(token)).Data.ShouldBe(7);
    }

    [Test]
    [Rule("ADR-40", "Permissions Violation")]
    public async Task Rights_that_are_taken_away_end_the_subscriptions_that_lose_them_and_no_others(CancellationToken token)
    {
        await using var server = await StartAsync("allow: [\"_INBOX.>\", \"a\", \"b\"]", token);
        await using var nats = Connect(server);
        await using var stays = await nats.SubscribeCoreAsync<int>("b", cancellationToken: token);
        INatsSub<int>[] lost = [await nats.SubscribeCoreAsync<int>("a", cancellationToken: token), await nats.SubscribeCoreAsync<int>("a", "q", cancellationToken: token), await nats.SubscribeCoreAsync<int>("a", cancellationToken: token)];
        await nats.PingAsync(token);
        await server.WriteConfigAsync(ConfigOf("allow: [\"_INBOX.>\", \"b\"]"), token);
        await server.SignalAsync("HUP");
        foreach (var sub in lost)
        {
            (await sub.Msgs.WaitToReadAsync(token)).ShouldBeFalse();
            await Should.ThrowAsync<NatsServerException>(async () => await sub.DisposeAsync());
        }

        await nats.PublishAsync("b", 7, cancellationToken: token);
        (await stays.Msgs.ReadAsync(token)).Data.ShouldBe(7);
    }

    private static string ConfigOf(string permissions) => $"authorization {{ users: [ {{ user: u, password: p, permissions: {{ subscribe: {{ {permissions} }} }} }} ] }}";

    private static NatsConnection Connect(NatsServerProcess server) =>
        new(new NatsOpts { Url = server.Url, ConnectTimeout = CoreTest.Patience, AuthOpts = new NatsAuthOpts { Username = "u", Password = "p" } });

    private Task<NatsServerProcess> StartAsync(string permissions, CancellationToken token) =>
        NatsServerProcess.StartAsync(new NatsServerOptions { Version = version, Config = ConfigOf(permissions) }, token);
}
