using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Composition;

/// <summary>Everything that Program.cs composes, in this process.</summary>
public sealed class WholeSidecarTests
{
    private const int Devices = 10;

    /// <summary>SIGSTOP: the process stands still.</summary>
    private const int Stop = 19;

    [TestCaseSource(typeof(NatsServers), nameof(NatsServers.Both))]
    public async Task All_features_together_become_ready_and_know_the_simulated_devices(string program)
    {
        using var temp = new TempFolder();
        var undescribed = new ConcurrentQueue<string>();
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name.StartsWith("HaNatsBridge.", StringComparison.Ordinal)
                && string.IsNullOrWhiteSpace(instrument.Description))
            {
                undescribed.Enqueue(instrument.Name);
            }
        };
        meters.Start();
        await using var sidecar = await Sidecar.StartAsync(temp, options => options with { Simulate = Devices }, program);

        await Eventually.TrueAsync(
            async () => (await sidecar.HealthAsync()) is { } health && health.GetProperty("status").GetString() == "ok"
                && health.GetProperty("parts").GetProperty("availability").GetProperty("online").GetInt32() == Devices,
            "ready with every device");
        undescribed.ShouldBeEmpty("each metric has a HELP line");
    }

    [TestCase("core", false)]
    [TestCase("home_assistant", true)]
    public async Task A_sidecar_with_one_role_runs_what_that_role_needs_and_nothing_else(string role, bool hasHub)
    {
        using var temp = new TempFolder();
        await using var sidecar = await Sidecar.StartAsync(temp, options => options with { Roles = [role] }, NatsServers.Newest);
        await Eventually.TrueAsync(
            async () => (await sidecar.HealthAsync())?.GetProperty("status").GetString() == "ok", "ready");

        var parts = (await sidecar.HealthAsync())!.Value.GetProperty("parts");
        parts.TryGetProperty("commands", out _).ShouldBeTrue();
        parts.TryGetProperty("changes", out _).ShouldBeTrue();
        parts.TryGetProperty("home_assistant", out _).ShouldBe(hasHub);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task It_ends_before_docker_loses_its_patience_also_when_the_server_hangs(bool hangs)
    {
        using var temp = new TempFolder();
        var sidecar = await Sidecar.StartAsync(
            temp, options => options with { Simulate = Devices }, NatsServers.Newest, new HurriedTime(4));
        await Eventually.TrueAsync(
            async () => (await sidecar.HealthAsync())?.GetProperty("status").GetString() == "ok", "ready");
        var server = sidecar.Get<EmbeddedServer>().Running!.Pid;
        if (hangs)
        {
            ChildProcess.Signal(server, Stop);
        }

        // All waits end at this time; here, where each wait is a quarter as long, none comes near it.
        var patience = sidecar.Get<IOptions<HostOptions>>().Value.ShutdownTimeout;
        patience.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        var clock = Stopwatch.StartNew();
        await sidecar.DisposeAsync();

        clock.Elapsed.ShouldBeLessThan(patience);
        Directory.Exists($"/proc/{server}").ShouldBeFalse("no server is left behind");
    }

    [Test]
    public async Task Without_a_server_program_it_waits_says_why_and_takes_it_when_it_comes()
    {
        using var temp = new TempFolder();
        var program = temp.Of("nats-server");
        await using var sidecar = await Sidecar.StartAsync(temp, options => options, program);
        var health = (await sidecar.HealthAsync())!.Value;
        health.GetProperty("status").GetString().ShouldBe("starting");
        health.GetProperty("parts").GetProperty("nats_server").GetProperty("message").GetString().ShouldNotBeNull()
            .ShouldContain(program);

        File.CreateSymbolicLink(program, NatsServers.Newest);
        await Eventually.TrueAsync(
            async () => (await sidecar.HealthAsync())?.GetProperty("status").GetString() == "ok",
            "ready",
            TimeSpan.FromSeconds(40));
    }

    private sealed class Sidecar(WebApplication app, IDataFolder folder) : IAsyncDisposable
    {
        private readonly HttpClient _client = new() { BaseAddress = new Uri(app.Urls.First()) };

        public static async Task<Sidecar> StartAsync(
            TempFolder temp, Func<BridgeOptions, BridgeOptions> change, string program, TimeProvider? time = null)
        {
            var options = change(new BridgeOptions
            {
                Data = temp.Of("data"),
                Listen = "127.0.0.1:0",
                Nats = new NatsOptions { Listen = "127.0.0.1:0", ServerProgram = program },
            });
            var folder = DataFolderFeature.Open(options);
            var features = time is null
                ? Program.Features
                : [.. Program.Features, new Feature(null, services => services.AddSingleton(time))];
            var app = BridgeHost.Build(options, folder, features, console: false);
            await app.StartAsync();
            return new Sidecar(app, folder);
        }

        public T Get<T>()
            where T : notnull => app.Services.GetRequiredService<T>();

        public async Task<JsonElement?> HealthAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/health");
            request.Headers.Authorization = new("Bearer", (await File.ReadAllTextAsync(folder.TokenFile)).Trim());
            using var answer = await _client.SendAsync(request);
            return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await app.StopAsync();
            await app.DisposeAsync();
            ((IDisposable)folder).Dispose();
        }
    }
}
