using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Commands;

/// <summary>What becomes of commands when the sidecar ends.</summary>
[CancelAfter(60_000)]
public sealed class CommandEndTests
{
    private static readonly DeviceId Lamp = new("light", "lamp");

    [Test]
    public async Task A_command_that_waits_when_the_sidecar_ends_is_in_the_audit_with_an_unknown_outcome(CancellationToken token)
    {
        await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions { JetStream = true }, token);
        await using var device = new NatsConnection(NatsOpts.Default with { Url = server.Url });
        await using var asked = await device.SubscribeCoreAsync<string>("home.devices.light.lamp.set", cancellationToken: token);
        await device.PingAsync(token);
        Task<CommandOutcome> command;
        await using (var home = await StartAsync(server.Url, services => services, token))
        {
            command = home.Get<ICommandRouter>().ExecuteAsync(Request("on", TimeSpan.FromSeconds(50)), CancellationToken.None).AsTask();
            await asked.Msgs.ReadAsync(token);
        }

        var outcome = await command.WaitAsync(token);
        outcome.Code.ShouldBe("UNKNOWN_OUTCOME");
        outcome.Message.ShouldNotBeNull().ShouldContain("stopped");
        var audit = await new NatsJSContext(device).GetStreamAsync("HOME_AUDIT", cancellationToken: token);
        audit.Info.State.Messages.ShouldBe(1);
        var record = (await audit.GetAsync(new StreamMsgGetRequest { Seq = 1 }, token)).Message.Data;
        JsonElement.Parse(record.Span).GetProperty("code").GetString().ShouldBe("UNKNOWN_OUTCOME");
    }

    private static async Task<TestHome> StartAsync(string url, Func<IServiceCollection, IServiceCollection> add, CancellationToken token)
    {
        var registry = new InMemoryRegistry();
        registry.Put(InMemoryRegistry.Describe(
            """{"schema":1,"type":"light","id":"lamp","name":"Hall lamp","entities":[{"key":"on","platform":"switch","name":"On"}]}"""));
        var home = await TestHome.StartAsync(
            services => add(services.AddStorage().AddState().AddCommands().AddPictures().AddInMemory(registry)),
            options: o => o with { Nats = o.Nats with { Url = url } });
        await home.Get<IStateStore>().Ready.WaitAsync(token);
        return home;
    }

    private static CommandRequest Request(string entity, TimeSpan? deadline) => new()
    {
        Entity = new EntityId(Lamp, entity), Action = "turn_on", Params = JsonElement.Parse("{}"), Origin = "test", Deadline = deadline,
    };
}
