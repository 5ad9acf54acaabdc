using System.Buffers;
using System.Threading.Channels;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace HaNatsBridge.Host.Registry.Internal.Announcing;

/// <summary>
/// What was refused, stored in HOME_DLQ for people to see: on <c>home.discovery.rejected</c> when the announcer wanted no reply,
/// else on <c>home.dlq.discovery</c>. Each record has the reply, the subject and the first bytes. At most 20 a second after the
/// first 100: of a flood, the rest is counted only.
/// </summary>
internal sealed partial class RejectedAnnouncements(
    IHomeStorage storage, RegistryMetrics metrics, TimeProvider time, ILogger<RejectedAnnouncements> log)
    : BackgroundService
{
    private const int Burst = 100;
    private const double PerSecond = 20;
    private const int Attempts = 3;
    private readonly Channel<(string Subject, byte[] Record)> _queue =
        Channel.CreateBounded<(string Subject, byte[] Record)>(new BoundedChannelOptions(Burst) { SingleReader = true });

    private readonly Lock _gate = new();
    private long _filledAt = time.GetTimestamp();
    private double _tokens = Burst;

    /// <summary>The stream with the records.</summary>
    public string Stream => storage.Names.DlqStream;

    /// <summary>Stores a refusal, whole or of single entities.</summary>
    public void Add(AnnouncementResult result, string subject, ReadOnlySpan<byte> payload, bool hasReply)
    {
        if (!MayStore())
        {
            metrics.RejectedLeftOut();
            return;
        }

        var buffer = new ArrayBufferWriter<byte>();
        AnnounceReply.WriteRejected(buffer, result, subject, payload, time.GetUtcNow());
        var to = hasReply ? storage.Subjects.Dlq("discovery") : storage.Subjects.Rejected;
        if (!_queue.Writer.TryWrite((to, buffer.WrittenSpan.ToArray())))
        {
            metrics.RejectedLeftOut();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (subject, record) in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                var ack = await storage.JetStream.PublishAsync(
                    subject, record, NatsRawSerializer<byte[]>.Default, new NatsJSPubOpts { RetryAttempts = Attempts },
                    cancellationToken: stoppingToken);
                ack.EnsureSuccess();
            }
            catch (NatsException e)
            {
                metrics.RejectedLeftOut();
                LogLost(e.Message);
            }
        }
    }

    private bool MayStore()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(Burst, _tokens + (time.GetElapsedTime(_filledAt, now).TotalSeconds * PerSecond));
            _filledAt = now;
            if (_tokens < 1)
            {
                return false;
            }

            _tokens--;
            return true;
        }
    }

    [LoggerMessage(3501, LogLevel.Warning, "The record of a refused announcement could not be stored: {Reason}")]
    private partial void LogLost(string reason);
}
