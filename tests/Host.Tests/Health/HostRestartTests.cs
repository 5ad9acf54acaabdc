using System.Collections.Concurrent;
using System.Threading.Channels;
using HaNatsBridge.Host.Admin;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Health;

/// <summary>A host that ends before its time is built anew inside the process.</summary>
public sealed class HostRestartTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private TempFolder _temp = null!;
    private BridgeOptions _options = null!;
    private IDataFolder _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _temp = new TempFolder();
        _options = new BridgeOptions
        {
            Data = _temp.Path,
            Listen = "127.0.0.1:0",
            Nats = new NatsOptions { Listen = "127.0.0.1:0", ServerProgram = NatsServers.Newest },
        };
        _folder = DataFolderFeature.Open(_options);
    }

    [TearDown]
    public void TearDown()
    {
        ((IDisposable)_folder).Dispose();
        _temp.Dispose();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_background_service_that_ends_restarts_the_host_and_the_log_says_why(bool throws)
    {
        var ends = new ConcurrentQueue<Func<Task>>();
        ends.Enqueue(() => throws ? throw new InvalidOperationException("the loop broke") : Task.CompletedTask);
        await using var running = Run(services => services.AddHostedService(_ => new Ending(ends)));

        var first = await running.NextAsync();
        var second = await running.NextAsync();
        second.ShouldNotBeSameAs(first);
        await running.StopAsync();

        var log = await LogAsync();
        log.ShouldContain(throws ? "Ending failed: InvalidOperationException: the loop broke" : "Ending ended by itself");
        log.Split("\"RenderedMessage\":\"The host restarts").Length.ShouldBe(2, "stopping in order is no end of a service");
    }

    [Test]
    public async Task The_embedded_server_outlives_a_restart_and_ends_with_the_process()
    {
        await using var running = Run(services => services.AddEmbedded());
        var first = await running.NextAsync();
        var server = first.Services.GetRequiredService<EmbeddedServer>().Running!.Pid;

        first.Services.GetRequiredService<IHostRestart>().Request("the test wants it");
        var second = (await running.NextAsync()).Services.GetRequiredService<EmbeddedServer>();
        second.Running!.Pid.ShouldBe(server);
        second.IsAdopted.ShouldBeTrue();

        await running.StopAsync();
        Directory.Exists($"/proc/{server}").ShouldBeFalse("no server is left behind");
    }

    [Test]
    public async Task A_process_that_is_stopped_between_two_hosts_leaves_no_server_behind()
    {
        await using var running = Run(services => services.AddEmbedded(), new EndlessPauses());
        var first = await running.NextAsync();
        var server = first.Services.GetRequiredService<EmbeddedServer>().Running!.Pid;
        var stopped = new TaskCompletionSource();
        first.Lifetime.ApplicationStopped.Register(stopped.SetResult);

        first.Services.GetRequiredService<IHostRestart>().Request("the test wants it");
        await stopped.Task.WaitAsync(Patience);
        Directory.Exists($"/proc/{server}").ShouldBeTrue();
        await running.StopAsync();
        Directory.Exists($"/proc/{server}").ShouldBeFalse();
    }

    [Test]
    public async Task A_host_that_cannot_start_again_is_tried_again()
    {
        var starts = 0;
        await using var running = Run(services => services.AddHostedService(_ => new Starting(() =>
            Interlocked.Increment(ref starts) == 2 ? throw new IOException("something is in the way") : Task.CompletedTask)));
        (await running.NextAsync()).Services.GetRequiredService<IHostRestart>().Request("the test wants it");
        await running.NextAsync();
        starts.ShouldBe(3);
        await running.StopAsync();
        (await LogAsync()).ShouldContain("it did not start: something is in the way");
    }

    [Test]
    public async Task What_keeps_the_first_host_from_starting_ends_the_process()
    {
        await using var running = Run(
            services => services.AddHostedService(_ => new Starting(() => throw new SettingsException("wrong"))));
        await Should.ThrowAsync<SettingsException>(running.Ended.WaitAsync(Patience));
    }

    [Test]
    public async Task Loops_that_run_together_end_with_the_first_that_ends()
    {
        using var stop = new CancellationTokenSource();
        var others = Task.Delay(Timeout.Infinite, stop.Token);
        await Should.ThrowAsync<IOException>(
            Services.RunTogetherAsync(stop.Token, others, Task.FromException(new IOException("lost"))));
        await Services.RunTogetherAsync(stop.Token, others, Task.CompletedTask);
    }

    private Running Run(Func<IServiceCollection, IServiceCollection> add, TimeProvider? time = null)
    {
        Feature[] features = [new(null, services => services.AddRepairs().AddAdmin()), new(null, add)];
        return new(new HostRunner(SettingsFeature.Fixed(_options), _folder, features, time ?? new HurriedTime(), console: false));
    }

    private async Task<string> LogAsync() =>
        string.Join('\n', await Task.WhenAll(Directory.GetFiles(_temp.Of("log")).Select(file => File.ReadAllTextAsync(file))));

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Channel<WebApplication> _hosts = Channel.CreateUnbounded<WebApplication>();

        public Running(HostRunner runner) => Ended = runner.RunAsync(app => _hosts.Writer.WriteAsync(app).AsTask(), _stop.Token);

        public Task Ended { get; }

        public async Task<WebApplication> NextAsync()
        {
            var next = _hosts.Reader.ReadAsync().AsTask();
            await (await Task.WhenAny(next, Ended).WaitAsync(Patience));
            return await next;
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await Ended.WaitAsync(Patience);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }

    private sealed class Ending(ConcurrentQueue<Func<Task>> ends) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
            ends.TryDequeue(out var end) ? end() : Task.Delay(Timeout.Infinite, stoppingToken);
    }

    private sealed class Starting(Func<Task> start) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => start();

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>The pause between two hosts does not end.</summary>
    private sealed class EndlessPauses : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime == TimeSpan.FromSeconds(1) ? Timeout.InfiniteTimeSpan : dueTime, period);
    }
}
