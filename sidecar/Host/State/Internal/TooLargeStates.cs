using System.Buffers;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Notices states that are too large to be stored: the server refuses them without a word, so nobody else could say why they are
/// missing. A connection of its own only looks at sizes; what it misses in a flood is not counted, and nothing waits for it.
/// </summary>
internal sealed partial class TooLargeStates(
    StateStore store,
    IHomeStorage storage,
    IHomeLink link,
    Subscriptions subscriptions,
    DeviceRepairs repairs,
    StateMetrics metrics,
    TimeProvider time,
    ILogger<TooLargeStates> log) : BackgroundService
{
    private const int Waiting = 1_000;
    private readonly LogPause _pause = new(time);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        await using var sizes = new NatsConnection(NatsClientOptions.Watching(link.Home.Opts, "sizes", PayloadSize.Registry));
        var subjects = storage.Subjects;
        await Services.RunTogetherAsync(
            stoppingToken,
            [
                .. new[] { subjects.AllStates, subjects.AllEntityStates, subjects.AllHealth }.Select(subject =>
                    subscriptions.RunAsync<PayloadSize>(sizes, subject, null, Waiting, Check, log, stoppingToken)),
            ]);
    }

    private ValueTask Check(NatsMsg<PayloadSize> message)
    {
        // With headers, without what comes on the line besides.
        var bytes = message.Size - message.Subject.Length - (message.ReplyTo?.Length ?? 0);
        if (bytes <= StateFeature.MaxStateBytes)
        {
            return ValueTask.CompletedTask;
        }

        if (store.NoteTooLarge(message.Subject, bytes) is { } device)
        {
            repairs.Raise(DeviceRepairs.TooLarge, device, message.Subject, $"{bytes}");
        }

        if (_pause.TryPass())
        {
            LogTooLarge(message.Subject, bytes, metrics.TooLarge);
        }

        return ValueTask.CompletedTask;
    }

    [LoggerMessage(2023, LogLevel.Warning,
        "A state on {Subject} was too large and was not stored: {Bytes} B. So far since the start: {Count} (logged once a minute)")]
    private partial void LogTooLarge(string subject, long bytes, long count);
}

/// <summary>Reads of a message nothing but its size.</summary>
internal readonly record struct PayloadSize(long Bytes)
{
    /// <summary>For a connection that reads nothing else.</summary>
    public static INatsSerializerRegistry Registry { get; } = new Sizes();

    private sealed class Sizes : INatsSerializerRegistry, INatsDeserialize<PayloadSize>
    {
        public INatsDeserialize<T> GetDeserializer<T>() =>
            this as INatsDeserialize<T> ?? NatsDefaultSerializerRegistry.Default.GetDeserializer<T>();

        public INatsSerialize<T> GetSerializer<T>() => NatsDefaultSerializerRegistry.Default.GetSerializer<T>();

        public PayloadSize Deserialize(in ReadOnlySequence<byte> buffer) => new(buffer.Length);
    }
}
