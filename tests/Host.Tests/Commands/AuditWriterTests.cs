using System.Diagnostics.Metrics;
using System.Text.Json;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Commands.Internal;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Commands;

public sealed class AuditWriterTests
{
    private static readonly DeviceId Lamp = new("light", "lamp");

    [Test]
    public async Task A_full_queue_drops_counts_and_logs_once_a_minute_and_holds_up_nobody()
    {
        var time = new FakeTimeProvider();
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new CommandMetrics(services.GetRequiredService<IMeterFactory>());
        var log = new CountingLog();
        using var audit = new AuditWriter(new AwayStorage(), metrics, time, log);
        await audit.StartAsync(CancellationToken.None);

        Write(audit, AuditWriter.MaxWaiting);
        metrics.AuditsDropped.ShouldBe(0);
        Write(audit, 5);
        metrics.AuditsDropped.ShouldBe(5);
        log.Errors.ShouldBe(1);
        time.Advance(TimeSpan.FromMinutes(2));
        Write(audit, 1);
        metrics.AuditsDropped.ShouldBe(6);
        log.Errors.ShouldBe(2);

        // NATS is away: the end waits its two seconds for what is queued, and no longer.
        var stopping = audit.StopAsync(CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(3));
        await stopping.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Test]
    public async Task Large_parameters_fill_no_memory_and_their_records_are_kept_without_them()
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new CommandMetrics(services.GetRequiredService<IMeterFactory>());
        using var audit = new AuditWriter(new AwayStorage(), metrics, new FakeTimeProvider(), new CountingLog());
        var megabyte = JsonElement.Parse($$"""{"value":"{{new string('x', 1024 * 1024)}}"}""");

        for (var i = 0; i < 100; i++)
        {
            audit.Write(Lamp, new AuditRecord { Id = "a", Entity = "on", Action = "fly", Params = megabyte, Code = "TIMEOUT", Milliseconds = 1, At = DateTimeOffset.UnixEpoch, Context = new CommandContext("test") });
        }

        audit.WaitingBytes.ShouldBeInRange(1, AuditWriter.MaxBytes);
        metrics.AuditsShortened.ShouldBeGreaterThan(80);
        metrics.AuditsDropped.ShouldBe(0);
    }

    private static void Write(AuditWriter audit, int count)
    {
        for (var i = 0; i < count; i++)
        {
            audit.Write(Lamp, new AuditRecord { Id = "a", Entity = "on", Action = "turn_on", Milliseconds = 1, At = DateTimeOffset.UnixEpoch, Context = new CommandContext("test") });
        }
    }

    /// <summary>NATS has not been there yet.</summary>
    private sealed class AwayStorage : IHomeStorage
    {
        public HomeSubjects Subjects { get; } = new("home");

        public HomeNames Names { get; } = new("home");

        public INatsJSContext JetStream => throw new NotSupportedException();

        public Task Identified => Ready;

        public Task Ready { get; } = new TaskCompletionSource().Task;

        public string BridgeId => throw new NotSupportedException();

        public ValueTask EnsureThisHomeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public INatsKVStore Bucket(string name) => throw new NotSupportedException();
    }

    private sealed class CountingLog : ILogger<AuditWriter>
    {
        public int Errors { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Errors += logLevel == LogLevel.Error ? 1 : 0;
    }
}
