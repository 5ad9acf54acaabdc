using HaNatsBridge.Host.Tests.State;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HomeAssistant;

public sealed class PresenceTests
{
    [Test]
    public async Task Home_assistant_is_up_while_one_is_connected_and_down_a_while_after_the_last_has_gone()
    {
        await using var home = await StateHome.StartAsync();
        await home.Storage.Ready.WaitAsync(TimeSpan.FromSeconds(30));
        await using var events = await home.Home.Link.Home.SubscribeCoreAsync<string>("home.events.system.*");
        await home.Home.Link.Home.PingAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var dashboard = await ConnectAsync(home, "dashboard");

        var first = await ConnectAsync(home, "home_assistant");
        var up = await events.Msgs.ReadAsync(limit.Token);
        (up.Subject, up.Data).ShouldBe(("home.events.system.up", """{"event":"up","data":{}}"""));
        var second = await ConnectAsync(home, "home_assistant");
        await first.DisposeAsync();
        await second.DisposeAsync();

        // Neither the second one nor the end of the first is an event.
        var down = await events.Msgs.ReadAsync(limit.Token);
        (down.Subject, down.Data).ShouldBe(("home.events.system.down", """{"event":"down","data":{}}"""));
    }

    private static async Task<HubClient> ConnectAsync(StateHome home, string name)
    {
        var client = await HubClient.ConnectAsync(home.Home.Url, home.Home.Token, hello: false);
        await client.CallAsync("Hello", $"{{\"name\":\"{name}\",\"version\":\"1\",\"schema\":1,\"instance\":\"i\"}}");
        await (await client.ListenAsync()).ReadAsync();
        return client;
    }
}
