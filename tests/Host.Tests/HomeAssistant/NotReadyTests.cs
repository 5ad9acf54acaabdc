using System.Net;
using System.Text.Json;
using HaNatsBridge.Host.Changes;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.HomeAssistant;
using HaNatsBridge.Host.HomeAssistant.Internal.Hub;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HomeAssistant;

/// <summary>A sidecar that cannot start says in Home Assistant why.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class NotReadyTests(string program)
{
    private const string Hello = """{"name":"test","version":"1","schema":1,"instance":"i1"}""";

    [Test]
    public async Task A_foreign_stream_on_the_homes_subjects_is_an_issue_with_its_name_until_it_is_gone()
    {
        using var temp = new TempFolder();
        await using (var before = await TestHome.StartAsync(program: program, dataFolder: temp.Path))
        {
            await new NatsJSContext(before.Link.Home).CreateStreamAsync(new StreamConfig("GREEDY", ["home.>"]));
        }

        var registry = new InMemoryRegistry();
        registry.Put(InMemoryRegistry.Sensors("hall", 1));
        await using var home = await TestHome.StartAsync(
            services => services.AddStorage().AddState().AddCommands().AddPictures().AddChanges().AddHomeAssistant().AddInMemory(registry)
                .AddSingleton(provider => ActivatorUtilities.CreateInstance<HubParts>(provider, new HurriedTime(10))),
            program,
            temp.Path,
            map: app => app.MapHomeAssistant());
        await using var client = await HubClient.ConnectAsync(home.Url, home.Token, hello: false);
        var hello = await client.CallAsync("Hello", Hello);
        var bridge = hello.GetProperty("bridge_id").GetString();
        bridge!.Length.ShouldBe(8);

        await Eventually.TrueAsync(() => home.Get<IChanges>().Issues.Count > 0, "storage has noticed it");
        var view = new HomeView();
        await view.ReadUntilAsync(await client.ListenAsync(), v => v.Bye is not null, "the reason, and a bye");
        view.Bye!.Value.GetProperty("code").GetString().ShouldBe("NOT_READY");
        view.Bye!.Value.GetProperty("retryable").GetBoolean().ShouldBeTrue();
        view.LastBeginWasFull.ShouldBeTrue();
        view.Ends.ShouldBe(0, "no client may take this for an empty home");
        view.Devices.ShouldBeEmpty();
        var words = view.Issues["foreign_stream"].GetProperty("placeholders");
        words.GetProperty("stream").GetString().ShouldBe("GREEDY");
        words.GetProperty("has").GetString().ShouldBe("home.>");
        words.GetProperty("wanted").GetString().ShouldBe("HOME_TELEMETRY");

        Code(await client.CallAsync("Command", """{"entity":"sensor.hall.s0","action":"press"}""")).ShouldBe("NOT_READY");
        (await HealthAsync(home)).ShouldBe(HttpStatusCode.ServiceUnavailable, "it is not ready, whoever may talk to it");

        await new NatsJSContext(home.Link.Home).DeleteStreamAsync("GREEDY");
        await home.Get<IStateStore>().Ready.WaitAsync(TimeSpan.FromSeconds(20));
        var mended = new HomeView();
        await mended.ReadUntilAsync(await client.ListenAsync(), v => v.Ends == 1, "the whole home");
        mended.Issues.Keys.Except(["old_server"]).ShouldBeEmpty();
        mended.Devices.ShouldContainKey("sensor.hall");
        (await client.CallAsync("Hello", Hello)).GetProperty("bridge_id").GetString().ShouldBe(bridge);
        (await HealthAsync(home)).ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<HttpStatusCode> HealthAsync(TestHome home)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(home.Url, "/api/health"));
        return answer.StatusCode;
    }

    private static string? Code(JsonElement result) =>
        result.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null;
}
