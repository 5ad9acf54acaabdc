using System.Buffers;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>What the streams say, message by message.</summary>
internal sealed partial class StateStore
{
    /// <summary>How many subjects are remembered; beyond, all are forgotten and looked up anew (a device may invent subjects).</summary>
    private const int MaxTargets = 65_536;

    private static readonly byte[][] Common = ["null"u8.ToArray(), "\"on\""u8.ToArray(), "\"off\""u8.ToArray(), "\"unavailable\""u8.ToArray()];

    private readonly Dictionary<string, SubjectTarget> _targets = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _normalised = new(256);
    private readonly SnapshotSink _sink;

    /// <summary>Takes one message, in stream order.</summary>
    /// <param name="subject">Its subject.</param>
    /// <param name="payload">What the device sent, whatever it is.</param>
    /// <param name="removed">Whether it carries <c>Bridge-Removed</c>.</param>
    /// <param name="seq">Where it stands in HOME_TELEMETRY.</param>
    /// <returns>What the registry should hear of it.</returns>
    public Applied Apply(string subject, ReadOnlySpan<byte> payload, bool removed, ulong seq) => Apply(subject, payload, removed, seq, onlyNewer: false, keys: null);

    /// <summary>Takes a message that was fetched for new entities while newer ones may have come: it counts only where none has, and only for them.</summary>
    /// <returns>What the registry should hear of it.</returns>
    public Applied ApplyFetched(string subject, ReadOnlySpan<byte> payload, bool removed, ulong seq, IReadOnlySet<string>? keys) =>
        Apply(subject, payload, removed, seq, onlyNewer: true, keys);

    private Applied Apply(string subject, ReadOnlySpan<byte> payload, bool removed, ulong seq, bool onlyNewer, IReadOnlySet<string>? keys)
    {
        lock (_gate)
        {
            _metrics.Messages++;
            if (TargetOf(subject) is not { } target)
            {
                return default;
            }

            if (target.Device is not { } device)
            {
                NoteOrphan(target.Subject.Device, subject, removed);
                return default;
            }

            HealthReport? report = null;
            switch (target.Subject.Kind)
            {
                case DeviceSubjectKind.EntityState when target.Entity is { } slot:
                    ApplyOne(slot, payload, removed, seq, onlyNewer);
                    break;
                case DeviceSubjectKind.EntityState:
                    NoteOrphan(device.Id, subject, removed);
                    break;
                case DeviceSubjectKind.State:
                    ApplySnapshot(device, payload, removed, seq, onlyNewer, keys);
                    break;
                case DeviceSubjectKind.Health when !onlyNewer || seq > device.HealthSeq:
                    report = ApplyHealth(device, payload, removed, seq);
                    break;
            }

            return new Applied(device, report);
        }
    }

    private void ApplyOne(EntitySlot slot, ReadOnlySpan<byte> payload, bool removed, ulong seq, bool onlyNewer)
    {
        if (onlyNewer && seq < slot.Seq)
        {
            return;
        }

        if (removed)
        {
            slot.Seq = seq;
            if (slot.Value is not null)
            {
                slot.Value = null;
                TellRemoved(slot.Id);
            }

            return;
        }

        _normalised.ResetWrittenCount();
        if (!StateReader.TryNormalise(slot.Description, payload, _normalised, out var problem))
        {
            NoteProblem(slot.Device, problem);
        }

        Set(slot, _normalised.WrittenSpan, seq);
    }

    private void ApplySnapshot(DeviceSlot device, ReadOnlySpan<byte> payload, bool removed, ulong seq, bool onlyNewer, IReadOnlySet<string>? keys)
    {
        if (!removed)
        {
            _sink.Begin(device, seq, onlyNewer, keys);
            StateReader.ReadSnapshot(device.Description, payload, _sink);
            return;
        }

        foreach (var (key, slot) in device.Entities)
        {
            if (!DeviceSlot.IsHealth(key) && keys?.Contains(key) != false)
            {
                ApplyOne(slot, default, removed: true, seq, onlyNewer);
            }
        }
    }

    private HealthReport? ApplyHealth(DeviceSlot device, ReadOnlySpan<byte> payload, bool removed, ulong seq)
    {
        var report = removed ? null : HealthReader.Read(payload);
        device.Health = report is null ? [] : report.Values;
        device.HealthSeq = seq;
        foreach (var (key, slot) in device.Entities)
        {
            if (DeviceSlot.IsHealth(key))
            {
                SetHealth(slot);
            }
        }

        return report;
    }

    /// <summary>A diagnostic sensor shows the newest report's number; a report that leaves it out makes it unknown, since that message alone must restore it.</summary>
    private void SetHealth(EntitySlot slot)
    {
        var device = slot.Device;
        if (device.HealthSeq == 0)
        {
            return;
        }

        foreach (var value in device.Health)
        {
            if (value.Key == slot.Description.Key)
            {
                Set(slot, value.Json.Span, device.HealthSeq);
                return;
            }
        }

        Set(slot, "null"u8, device.HealthSeq);
    }

    private void Set(EntitySlot slot, ReadOnlySpan<byte> value, ulong seq)
    {
        slot.Seq = seq;
        _wheel.Renew(slot);
        if (slot.Value is { } last && !slot.Description.ForceUpdate && value.SequenceEqual(last))
        {
            _metrics.Repeats++;
            return;
        }

        slot.Value = Keep(value);
        _metrics.Changes++;
        TellChanged(slot);
    }

    private static byte[] Keep(ReadOnlySpan<byte> value)
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

    private SubjectTarget? TargetOf(string subject)
    {
        if (!_targets.TryGetValue(subject, out var target))
        {
            if (!_subjects.TryParse(subject, out var parsed)
                || parsed.Kind is not (DeviceSubjectKind.State or DeviceSubjectKind.EntityState or DeviceSubjectKind.Health or DeviceSubjectKind.Event))
            {
                return null;
            }

            if (_targets.Count >= MaxTargets)
            {
                _targets.Clear();
            }

            _targets[subject] = target = new SubjectTarget(parsed);
        }

        if (target.LookedUpAt != _registryChanges)
        {
            target.LookedUpAt = _registryChanges;
            target.Device = _devices.GetValueOrDefault(target.Subject.Device);
            target.Entity = target.Subject.Key is { } key && !DeviceSlot.IsHealth(key) ? target.Device?.Entities.GetValueOrDefault(key) : null;
        }

        return target;
    }

    private void NoteOrphan(DeviceId device, string subject, bool removed)
    {
        if (removed)
        {
            _orphans.Remove(device, subject);
        }
        else
        {
            _orphans.Add(device, subject);
        }
    }

    private void NoteProblem(DeviceSlot device, StateProblem problem)
    {
        _metrics.Wrong++;
        if (device.Problems.Note(problem))
        {
            LogWrong(device.Id, problem.Path, problem.Message);
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "{Device} published a wrong value, {Path}: {Problem} (logged once a minute at most; its diagnostics list more)")]
    private partial void LogWrong(DeviceId device, string path, string problem);

    /// <summary>Takes a snapshot entity by entity; reused, so that a snapshot allocates nothing but what is new.</summary>
    private sealed class SnapshotSink(StateStore store) : ISnapshotSink
    {
        private DeviceSlot? _device;
        private ulong _seq;
        private bool _onlyNewer;
        private IReadOnlySet<string>? _keys;

        public void Begin(DeviceSlot device, ulong seq, bool onlyNewer, IReadOnlySet<string>? keys)
        {
            _device = device;
            _seq = seq;
            _onlyNewer = onlyNewer;
            _keys = keys;
        }

        public void Value(EntityDescription entity, ReadOnlySpan<byte> normalised)
        {
            if (!DeviceSlot.IsHealth(entity.Key) && _device!.Entities.TryGetValue(entity.Key, out var slot) && (!_onlyNewer || _seq >= slot.Seq)
                && _keys?.Contains(entity.Key) != false)
            {
                store.Set(slot, normalised, _seq);
            }
        }

        public void Problem(EntityDescription? entity, StateProblem problem)
        {
            if (entity is null ? _keys is null : _keys?.Contains(entity.Key) != false)
            {
                store.NoteProblem(_device!, problem);
            }
        }

        public void Undeclared(ReadOnlySpan<byte> key) => store._metrics.Undeclared += _keys is not null ? 0 : 1;
    }
}
