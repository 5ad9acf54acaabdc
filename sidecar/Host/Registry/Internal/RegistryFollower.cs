using System.Collections.Concurrent;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Reads the registry from KV and follows it there. What cannot be read changes nothing: only a deletion marker removes a device.
/// A device whose entry cannot be read is one that exists: as long as this sidecar runs it is what it was, after a restart it is
/// unavailable, and it is described again with its next announcement.
/// </summary>
internal sealed partial class RegistryFollower(
    IHomeStorage storage, StreamFollower follower, DeviceRegistry registry, IDeviceAvailability availability,
    IAvailabilityControl control, IRepairs repairs, TimeProvider time, ILogger<RegistryFollower> log)
    : BackgroundService, IStreamReader
{
    private const string OperationHeader = "KV-Operation";
    private const string Purge = "PURGE";
    private const int MostRepairs = 100;
    private static readonly RepairKind DamagedEntry = new("damaged_entry", "warning", "device", "reason");

    private readonly LogPause _pause = new(time);
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<DeviceId, bool> _unreadable = new();
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _next;
    private ulong _applied;

    /// <summary>How many entries of KV are no descriptions.</summary>
    public int Unreadable => _unreadable.Count;

    /// <summary>Completes when the registry has read this revision of the bucket.</summary>
    public async Task AppliedAsync(ulong revision, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (_applied >= revision)
                {
                    return;
                }

                _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                next = _next.Task;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    public void Read(in StreamMessage message)
    {
        if (DeviceId.TryParse(message.Key, out var id))
        {
            if (message.IsDeletion)
            {
                Readable(id);
                registry.Remove(id, message.Sequence, isFinished: message.Headers![OperationHeader] == Purge);
            }
            else
            {
                Apply(id, message);
            }
        }

        TaskCompletionSource? next;
        lock (_gate)
        {
            _applied = message.Sequence;
            (next, _next) = (_next, null);
        }

        next?.TrySetResult();
    }

    public void CaughtUp() => _read.TrySetResult();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        var following = follower.FollowAsync(StreamStart.OfBucket(storage.Names.DevicesBucket), this, stoppingToken);
        await _read.Task.WaitAsync(stoppingToken);
        await availability.Ready.WaitAsync(stoppingToken);
        LogReady(registry.Count, registry.EntityCount);
        registry.SetReady();
        control.AllRegistered();
        await following;
    }

    private void Apply(DeviceId id, in StreamMessage message)
    {
        try
        {
            var description = DeviceDescription.FromStored(message.Payload.ToArray());
            if (description.Id == id)
            {
                Readable(id);
                registry.Apply(description, message.Sequence);
                return;
            }

            SetUnreadable(id, $"it describes {description.Id}");
        }
        catch (FormatException e)
        {
            SetUnreadable(id, e.Message);
        }
    }

    private void Readable(DeviceId id)
    {
        if (_unreadable.TryRemove(id, out _))
        {
            repairs.Clear(DamagedEntry.IdOf(id.ToString()));
        }
    }

    private void SetUnreadable(DeviceId id, string reason)
    {
        if (_unreadable.TryAdd(id, true) && _unreadable.Count <= MostRepairs)
        {
            repairs.Raise(DamagedEntry.About(id.ToString(), id.ToString(), reason));
        }

        if (_pause.TryPass())
        {
            LogUnreadable(id.ToString(), reason, Unreadable);
        }
    }

    [LoggerMessage(3201, LogLevel.Information, "The registry is read (devices: {Devices}, entities: {Entities})")]
    private partial void LogReady(int devices, int entities);

    [LoggerMessage(3203, LogLevel.Warning,
        "The stored entry {Key} cannot be read and changes nothing: {Reason}. {Count} are unreadable (logged once a minute)")]
    private partial void LogUnreadable(string key, string reason, int count);
}
