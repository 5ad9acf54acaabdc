using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.Services;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Services;

/// <summary>Services when their server goes. What they say and answer otherwise: Conformance/Adr32*.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class ServiceTests(NatsServerVersion version) : CoreTest(version)
{
    [Test]
    public async Task A_service_goes_on_after_a_restart_of_the_server(CancellationToken token)
    {
        var nats = Connect();
        await using var service = await new NatsSvcContext(nats).AddServiceAsync("stays", "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(async m => await m.ReplyAsync(m.Data, cancellationToken: token), "stays", cancellationToken: token);
        await Server.RestartAsync(token);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await nats.RequestAsync<int, int>("stays", 5, cancellationToken: token)).Data == 5;
                }
                catch (NatsException)
                {
                    return false;
                }
            },
            "the endpoint answers again");
        (await nats.RequestAsync<string, string>("$SRV.PING.stays", string.Empty, cancellationToken: token)).Data!.ShouldContain("stays");
    }
}
