using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.Services;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Services;

/// <summary>ADR-32 seen from outside: the official JavaScript client (@nats-io/services) finds our services as <c>nats micro ls</c>, <c>info</c> and <c>stats</c> do.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(120_000)]
public sealed class ForeignDiscoveryTests(NatsServerVersion version) : CoreTest(version)
{
    [Test]
    public async Task The_official_JavaScript_client_finds_asks_and_counts_our_service(CancellationToken token)
    {
        var nats = Connect();
        var config = new NatsSvcConfig("lamps", "1.2.3") { Description = "switches lamps", Metadata = new() { ["room"] = "kitchen" } };
        await using var service = await new NatsSvcContext(nats).AddServiceAsync(config, token);
        await using var other = await new NatsSvcContext(nats).AddServiceAsync("blinds", "1.0.0", cancellationToken: token);
        var group = await service.AddGroupAsync("v1", cancellationToken: token);
        await group.AddEndpointAsync<int>(async m => await m.ReplyAsync(m.Data * 2, cancellationToken: token), "double", metadata: new Dictionary<string, string> { ["unit"] = "lm" }, cancellationToken: token);
        await nats.RequestAsync<int, int>("v1.double", 21, cancellationToken: token);

        var heard = JsonNode.Parse(await DiscoverAsync("lamps", token))!;
        var id = service.GetInfo().Id;
        foreach (var kind in (string[])["ping", "info", "stats"])
        {
            var answer = heard[kind]!.AsArray().ShouldHaveSingleItem()!;
            answer["type"]!.GetValue<string>().ShouldBe($"io.nats.micro.v1.{kind}_response");
            answer["name"]!.GetValue<string>().ShouldBe("lamps");
            answer["id"]!.GetValue<string>().ShouldBe(id);
            answer["version"]!.GetValue<string>().ShouldBe("1.2.3");
            answer["metadata"]!["room"]!.GetValue<string>().ShouldBe("kitchen");
        }

        heard["info"]![0]!["description"]!.GetValue<string>().ShouldBe("switches lamps");
        var endpoint = heard["info"]![0]!["endpoints"]!.AsArray().ShouldHaveSingleItem()!;
        endpoint["name"]!.GetValue<string>().ShouldBe("double");
        endpoint["subject"]!.GetValue<string>().ShouldBe("v1.double");
        endpoint["metadata"]!["unit"]!.GetValue<string>().ShouldBe("lm");
        var stats = heard["stats"]![0]!["endpoints"]![0]!;
        stats["num_requests"]!.GetValue<int>().ShouldBe(1);
        stats["num_errors"]!.GetValue<int>().ShouldBe(0);
        stats["processing_time"]!.GetValue<long>().ShouldBeGreaterThan(0);
    }

    private static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "services-js");

    private async Task<string> DiscoverAsync(string name, CancellationToken token)
    {
        if (!Directory.Exists(Path.Combine(Folder(), "node_modules")))
        {
            await RunAsync("npm", token, "ci", "--silent", "--no-audit", "--no-fund");
        }

        return await RunAsync("node", token, "discover.js", Server.Url, name);
    }

    private static async Task<string> RunAsync(string program, CancellationToken token, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder(), RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(token);
            var error = process.StandardError.ReadToEndAsync(token);
            await process.WaitForExitAsync(token);
            process.ExitCode.ShouldBe(0, await error);
            return await output;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
