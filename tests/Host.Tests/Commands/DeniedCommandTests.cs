using System.Text.Json;
using HaNatsBridge.Contract.Errors;
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
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Commands;

/// <summary>A server of somebody's own, whose user for the sidecar may not do everything.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class DeniedCommandTests(NatsServerVersion version)
{
    [TestCase("""publish: { deny: ["home.devices.*.hall.set"] }""", "publish on home.devices.plug.hall.set")]
    [TestCase("""subscribe: ["home.>"]""", "subscribe to _INBOX.")]
    public async Task A_command_that_the_server_denies_ends_at_once_and_names_the_permission(string permissions, string named)
    {
        await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions
        {
            Version = version,
            JetStream = true,
            Config = $$"""
                accounts { HOME { jetstream: enabled, users: [
                  { user: bridge, password: bridge }
                  { user: device, password: device } ] } }
                """,
        });
        var registry = new InMemoryRegistry();
        foreach (var id in new[] { "hall", "attic" })
        {
            registry.Put(InMemoryRegistry.Describe($$"""{"schema":1,"type":"plug","id":"{{id}}","name":"Plug","entities":[{"key":"on","platform":"switch","name":"On"}]}"""));
        }

        await using var home = await TestHome.StartAsync(
            services => services.AddStorage().AddState().AddCommands().AddPictures().AddInMemory(registry),
            options: options => options with { Nats = options.Nats with { Url = $"nats://bridge:bridge@127.0.0.1:{server.Port}" } });
        await home.Get<IStateStore>().Ready.WaitAsync(TimeSpan.FromSeconds(20));
        await using var device = new NatsConnection(new NatsOpts { Url = $"nats://device:device@127.0.0.1:{server.Port}" });
        await using var attic = await device.SubscribeCoreAsync<byte[]>("home.devices.plug.attic.set");
        await device.PingAsync();

        // What the sidecar needs for its start it has; then its user is told less.
        await server.WriteConfigAsync($$"""
            accounts { HOME { jetstream: enabled, users: [
              { user: bridge, password: bridge, permissions { {{permissions}} } }
              { user: device, password: device } ] } }
            """);
        await server.SignalAsync("HUP");
        await Eventually.TrueAsync(
            async () =>
            {
                var outcome = await ExecuteAsync(home, "hall");
                if (outcome.Code != CommandCodes.Unauthorized)
                {
                    // Not yet reloaded.
                    return false;
                }

                outcome.Message!.ShouldContain(named);
                outcome.Retryable.ShouldBeFalse();
                return true;
            },
            "denied");

        if (named.StartsWith("publish", StringComparison.Ordinal))
        {
            var neighbour = ExecuteAsync(home, "attic");
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await (await attic.Msgs.ReadAsync(limit.Token)).ReplyAsync("""{"ok":true}""");
            (await neighbour).Ok.ShouldBeTrue("its neighbour's commands go on");
        }
    }

    private static async Task<CommandOutcome> ExecuteAsync(TestHome home, string id)
    {
        using var parameters = JsonDocument.Parse("{}");
        return await home.Get<ICommandRouter>().ExecuteAsync(
            new CommandRequest
            {
                Entity = new EntityId(new DeviceId("plug", id), "on"), Action = "turn_on", Params = parameters.RootElement.Clone(), Deadline = TimeSpan.FromSeconds(3), Origin = "test",
            },
            CancellationToken.None);
    }
}
