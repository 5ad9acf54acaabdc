using HaNatsBridge.Host.Changes;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.HomeAssistant;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HomeAssistant;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(60_000)]
public sealed class LargeReportTests(NatsServerVersion version)
{
    [Test]
    public async Task An_event_that_is_too_large_for_the_server_is_rejected_and_its_neighbours_are_stored(CancellationToken token)
    {
        await using var server = await NatsServerProcess.StartAsync(
            new NatsServerOptions { Version = version, JetStream = true, Config = "max_payload: 65536" }, token);
        await using var home = await TestHome.StartAsync(
            services => services.AddStorage().AddState().AddCommands().AddPictures().AddChanges().AddHomeAssistant()
                .AddInMemory(new InMemoryRegistry()),
            options: o => o with { Nats = o.Nats with { Url = server.Url } },
            map: app => app.MapHomeAssistant());
        await home.Get<IStateStore>().Ready.WaitAsync(token);
        await using var client = await HubClient.ConnectAsync(home.Url, home.Token);
        var large = new string('x', 70_000);
        var batch = $$"""
            [{"type":"state_changed","entity_id":"sun.sun","state":"up"},{"type":"nonsense"},
             {"type":"state_changed","entity_id":"sun.moon","state":"up","attributes":{"a":"{{large}}"} },{"type":"system","event":"started"}]
            """;
        for (var time = 0; time < 2; time++)
        {
            var result = await client.CallAsync("Report", "17", batch);
            result.TryGetProperty("stored", out var stored).ShouldBeTrue(result.GetRawText());
            stored.GetInt64().ShouldBe(20);
            result.GetProperty("rejected").EnumerateArray().Select(one => one.GetProperty("number").GetInt64())
                .ShouldBe([18, 19]);
            result.GetProperty("rejected")[1].GetProperty("message").GetString()!.ShouldContain("max_payload");
        }

        var storage = home.Get<IHomeStorage>();
        (await storage.JetStream.GetStreamAsync(
            storage.Names.EventsStream, cancellationToken: token)).Info.State.Messages.ShouldBe(2);
    }
}
