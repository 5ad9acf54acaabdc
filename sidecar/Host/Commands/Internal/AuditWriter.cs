using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Channels;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>
/// Writes audit records behind the answers: a bounded queue, published with a message id until JetStream has acknowledged. When 10,000 wait (NATS has been away for
/// long), further ones are dropped, counted and logged; when the parameters of those that wait fill 16 MiB, further ones are kept without theirs. A command is never held up for its record.
/// </summary>
internal sealed partial class AuditWriter(IHomeStorage storage, CommandMetrics metrics, TimeProvider time, ILogger<AuditWriter> log) : BackgroundService, IAuditLog
{
    public const int MaxWaiting = 10_000;

    /// <summary>What the parameters of all records that wait may take, in bytes.</summary>
    public const long MaxBytes = 16L * 1024 * 1024;

    private const int Window = 64;

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly Channel<(Func<HomeSubjects, string> Subject, AuditRecord Record, int Bytes)> _queue =
        Channel.CreateBounded<(Func<HomeSubjects, string>, AuditRecord, int)>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private long _lastLogged;
    private long _bytes;
    private volatile bool _isClosed;

    /// <summary>What the parameters of all records that wait take, in bytes.</summary>
    public long WaitingBytes => Interlocked.Read(ref _bytes);

    /// <summary>Takes the record of a command; never waits.</summary>
    public void Write(DeviceId device, AuditRecord record) => Write(subjects => subjects.AuditOf(device), record);

    public void Write(Func<HomeSubjects, string> subject, AuditRecord record)
    {
        var bytes = BytesOf(record);
        if (Interlocked.Add(ref _bytes, bytes) > MaxBytes && bytes > 0)
        {
            // Better without its parameters than not at all.
            Interlocked.Add(ref _bytes, -bytes);
            (record, bytes) = (record with { Params = default }, 0);
            metrics.AuditShortened();
        }

        if (_queue.Writer.TryWrite((subject, record, bytes)))
        {
            return;
        }

        Interlocked.Add(ref _bytes, -bytes);

        metrics.AuditDropped();
        if (_isClosed)
        {
            LogTooLate(record.Id);
            return;
        }

        var last = Interlocked.Read(ref _lastLogged);
        if ((last == 0 || time.GetElapsedTime(last) > TimeSpan.FromMinutes(1)) && Interlocked.CompareExchange(ref _lastLogged, time.GetTimestamp(), last) == last)
        {
            LogDropped(metrics.AuditsDropped, MaxWaiting);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _isClosed = true;
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } running)
        {
            // What was answered should be in the audit; a server that is away is not waited for.
            await Task.WhenAny(running, Task.Delay(Farewell, time, cancellationToken));
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        var window = new List<Task>(Window);
        while (await _queue.Reader.WaitToReadAsync(stoppingToken))
        {
            while (window.Count < Window && _queue.Reader.TryRead(out var item))
            {
                window.Add(PublishAsync(item.Subject(storage.Subjects), item.Record, item.Bytes, stoppingToken));
            }

            await Task.WhenAll(window);
            window.Clear();
        }
    }

    private async Task PublishAsync(string subject, AuditRecord record, int bytes, CancellationToken cancellationToken)
    {
        await PublishAsync(subject, record, cancellationToken);
        Interlocked.Add(ref _bytes, -bytes);
    }

    private async Task PublishAsync(string subject, AuditRecord record, CancellationToken cancellationToken)
    {
        var payload = PayloadOf(record);
        var opts = new NatsJSPubOpts { MsgId = $"{record.Id}:{record.At.UtcTicks}" };
        while (true)
        {
            try
            {
                var acknowledgement = await storage.JetStream.PublishAsync(
                    subject, payload.WrittenMemory, NatsRawSerializer<ReadOnlyMemory<byte>>.Default, opts, cancellationToken: cancellationToken);
                if (acknowledgement.Error is { } error)
                {
                    throw new NatsJSApiException(error);
                }

                metrics.Audited();
                return;
            }
            catch (NatsPayloadTooLargeException) when (record.Params.ValueKind != JsonValueKind.Undefined)
            {
                // Better without its parameters than not at all.
                record = record with { Params = default };
                payload = PayloadOf(record);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogAgain(record.Id, e.Message);
                await Task.Delay(Again, time, cancellationToken);
            }
        }
    }

    private static int BytesOf(AuditRecord record) => record.Params.ValueKind == JsonValueKind.Undefined ? 0 : JsonMarshal.GetRawUtf8Value(record.Params).Length;

    private static ArrayBufferWriter<byte> PayloadOf(AuditRecord record)
    {
        var payload = new ArrayBufferWriter<byte>(512);
        record.Write(payload);
        return payload;
    }

    [LoggerMessage(4010, LogLevel.Error, "Audit records were dropped, because more than {Max} wait for JetStream: {Count}")]
    private partial void LogDropped(long count, int max);

    [LoggerMessage(4012, LogLevel.Warning, "Command {Id} ended after the audit was closed: it is not in it")]
    private partial void LogTooLate(string id);

    [LoggerMessage(4011, LogLevel.Debug, "The audit record of {Id} is not stored yet: {Reason}")]
    private partial void LogAgain(string id, string reason);
}
