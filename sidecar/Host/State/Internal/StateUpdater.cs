using System.Buffers;
using System.Runtime.InteropServices;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>What a message was about.</summary>
/// <param name="Device">The registered device that it came from; null when it is of none.</param>
/// <param name="Report">The health report in it; null when it is none.</param>
internal readonly record struct Applied(DeviceId? Device, HealthReport? Report);

/// <summary>Which entities a message that was read again is for.</summary>
/// <param name="Keys"> The entities whose description is new; null: all of the device. A snapshot has values of the others too,
/// but for them nothing is new: applied again, it would repeat an entity that forces every repetition. </param>
internal sealed record ReadAgain(IReadOnlySet<string>? Keys)
{
    public bool Includes(string key) => Keys?.Contains(key) != false;
}

/// <summary>What the messages of the streams do to the table. Guarded by the store's lock.</summary>
internal sealed partial class StateUpdater(
    StateTable table, ExpiryWheel expiry, Orphans orphans, Notifications notifications, StateMetrics metrics, ILogger log)
{
    private static readonly byte[] Unavailable = "\"unavailable\""u8.ToArray();
    private static readonly byte[][] Common = ["null"u8.ToArray(), "\"on\""u8.ToArray(), "\"off\""u8.ToArray(), Unavailable];

    private readonly ArrayBufferWriter<byte> _normalised = new(256);
    private readonly List<EntitySlot> _expired = [];
    private readonly Dictionary<ulong, List<EntitySlot>> _copies = [];
    private SnapshotSink? _sink;

    /// <summary>One array for the values that thousands of entities have.</summary>
    private static byte[] Intern(ReadOnlySpan<byte> value)
    {
        foreach (var common in Common)
        {
            if (value.SequenceEqual(common))
            {
                return common;
            }
        }

        return value.ToArray();
    }

    /// <summary>Applies one message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="again"> Set for one that was read again for new entities, while newer ones may have come: it counts only
    /// where none has. Null: the next message of the stream. </param>
    public Applied Apply(in StateMessage message, ReadAgain? again)
    {
        metrics.Messages++;
        if (table.TargetOf(message.Subject) is not { } target)
        {
            return default;
        }

        HealthReport? report = null;
        switch (target.Subject.Kind)
        {
            case DeviceSubjectKind.EntityState when target.Entity is { } slot:
                if (Counts(slot, message.Sequence, again))
                {
                    ApplyOne(slot, message);
                }

                break;
            case DeviceSubjectKind.State when target.Device is { } device:
                ApplySnapshot(device, message, again);
                break;
            case DeviceSubjectKind.Health when target.Device is { } device:
                report = again is null || message.Sequence > device.HealthSequence ? ApplyHealth(device, message) : null;
                break;
            default:
                orphans.Note(target.Subject.Device, message.Subject, message.IsRemoval, message.Age);
                break;
        }

        return new Applied(target.Device?.Id, report);
    }

    /// <summary>A diagnostic sensor shows the newest report's number; one that leaves it out makes it unknown.</summary>
    public void SetHealth(EntitySlot slot)
    {
        var device = slot.Device;
        if (device.HealthSequence == 0)
        {
            return;
        }

        var value = device.Health.FirstOrDefault(one => one.Key == slot.Description.Key);
        var origin = new Origin(device.HealthSequence, TimeSpan.Zero, IsCopy: false);
        Set(slot, value.Key is null ? "null"u8 : value.Json.Span, origin);
    }

    /// <summary>The state is gone.</summary>
    public void Clear(EntitySlot slot)
    {
        if (slot.Value is not null)
        {
            slot.Value = null;
            notifications.Changed(slot);
        }
    }

    /// <summary>
    /// Once a second: an entity whose value is older than its <c>expire_after</c> is unavailable until the next one, as with Home
    /// Assistant's own.
    /// </summary>
    public void Expire()
    {
        _expired.Clear();
        expiry.Advance(_expired);
        foreach (var slot in _expired)
        {
            Expire(slot);
        }
    }

    /// <summary>
    /// The sequences of the states that may expire and of which only a copy has been read: their age must be looked up.
    /// </summary>
    public IReadOnlyCollection<ulong> Copies => [.. _copies.Keys];

    /// <summary>The states of that message are at least so old; null: no more is known than the copy's age.</summary>
    public void SetAge(ulong sequence, TimeSpan? age)
    {
        if (!_copies.Remove(sequence, out var slots))
        {
            return;
        }

        foreach (var slot in slots)
        {
            if (slot.Sequence == sequence && age is { } known && expiry.Shorten(slot, known))
            {
                Expire(slot);
            }
        }
    }

    public void NoteProblem(DeviceSlot device, StateProblem problem)
    {
        metrics.Wrong += problem.IsWarning ? 0 : 1;
        if (device.Problems.Note(problem))
        {
            LogWrong(device.Id, problem.Path, problem.Message);
        }
    }

    private static bool Counts(EntitySlot slot, ulong sequence, ReadAgain? again) => again is null || sequence > slot.Sequence;

    private void ApplyOne(EntitySlot slot, in StateMessage message)
    {
        if (message.IsRemoval)
        {
            slot.Sequence = message.Sequence;
            Clear(slot);
            return;
        }

        _normalised.ResetWrittenCount();
        foreach (var problem in StateReader.Normalise(slot.Description, message.Payload, _normalised, ref slot.Memory))
        {
            NoteProblem(slot.Device, problem);
        }

        Set(slot, _normalised.WrittenSpan, Origin.Of(message));
    }

    private void ApplySnapshot(DeviceSlot device, in StateMessage message, ReadAgain? again)
    {
        if (!message.IsRemoval)
        {
            _sink ??= new SnapshotSink(this, metrics);
            _sink.Begin(device, Origin.Of(message), again);
            StateReader.ReadSnapshot(device.Description, message.Payload, _sink);
            return;
        }

        foreach (var (key, slot) in device.Entities)
        {
            if (!DeviceSlot.IsHealth(key) && again?.Includes(key) != false && Counts(slot, message.Sequence, again))
            {
                ApplyOne(slot, message);
            }
        }
    }

    private HealthReport? ApplyHealth(DeviceSlot device, in StateMessage message)
    {
        var report = message.IsRemoval ? null : HealthReader.Read(message.Payload);
        device.Health = report is null ? [] : report.Values;
        device.HealthSequence = message.Sequence;
        foreach (var (key, slot) in device.Entities)
        {
            if (DeviceSlot.IsHealth(key))
            {
                SetHealth(slot);
            }
        }

        return report;
    }

    private void Expire(EntitySlot slot)
    {
        if (slot.Value is { } value && !value.AsSpan().SequenceEqual(Unavailable))
        {
            slot.Value = Unavailable;
            metrics.Expired++;
            notifications.Changed(slot);
        }
    }

    private void Set(EntitySlot slot, ReadOnlySpan<byte> value, Origin origin)
    {
        slot.Sequence = origin.Sequence;
        if (expiry.Renew(slot, origin.Age))
        {
            value = Unavailable;
        }
        else if (origin.IsCopy && slot.ExpireAfter > 0)
        {
            ref var slots = ref CollectionsMarshal.GetValueRefOrAddDefault(_copies, origin.Sequence, out _);
            (slots ??= []).Add(slot);
        }

        if (slot.Value is { } last && !slot.Description.ForceUpdate && value.SequenceEqual(last))
        {
            metrics.Repeats++;
            return;
        }

        slot.Value = Intern(value);
        metrics.Changes++;
        notifications.Changed(slot);
    }

    [LoggerMessage(2001, LogLevel.Warning,
        "{Device} published a wrong value, {Path}: {Problem} (logged once a minute at most; its diagnostics list more)")]
    private partial void LogWrong(DeviceId device, string path, string problem);

    /// <summary>Where a state is from.</summary>
    private readonly record struct Origin(ulong Sequence, TimeSpan Age, bool IsCopy)
    {
        public static Origin Of(in StateMessage message) => new(message.Sequence, message.Age, message.IsCopy);
    }

    /// <summary>Takes a snapshot entity by entity; reused, so that a snapshot allocates nothing but what is new.</summary>
    private sealed class SnapshotSink(StateUpdater updater, StateMetrics metrics) : ISnapshotSink
    {
        private DeviceSlot? _device;
        private Origin _origin;
        private ReadAgain? _again;
        private StateMemory _unused;

        public void Begin(DeviceSlot device, Origin origin, ReadAgain? again) =>
            (_device, _origin, _again) = (device, origin, again);

        public ref StateMemory MemoryOf(EntityDescription entity)
        {
            if (SlotOf(entity) is { } slot)
            {
                return ref slot.Memory;
            }

            _unused = default;
            return ref _unused;
        }

        public void Value(EntityDescription entity, ReadOnlySpan<byte> normalised)
        {
            if (SlotOf(entity) is { } slot)
            {
                updater.Set(slot, normalised, _origin);
            }
        }

        public void Problem(EntityDescription? entity, StateProblem problem)
        {
            if (_again?.Keys is not { } keys || (entity is not null && keys.Contains(entity.Key)))
            {
                updater.NoteProblem(_device!, problem);
            }
        }

        public void Undeclared(ReadOnlySpan<byte> key) => metrics.Undeclared += _again?.Keys is null ? 1 : 0;

        /// <summary>The entity, where the snapshot counts for it.</summary>
        private EntitySlot? SlotOf(EntityDescription entity) =>
            !DeviceSlot.IsHealth(entity.Key)
            && _device!.Entities.TryGetValue(entity.Key, out var slot)
            && _again?.Includes(entity.Key) != false
            && Counts(slot, _origin.Sequence, _again)
                ? slot
                : null;
    }
}
