using System.Buffers;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// The short way: what a device says is shown a moment before it comes out of the stream. The stream alone decides what is true, so the way is open only while nothing is on the
/// long one: then the next message of the stream is the very one that was shown, says the same again, and is told to nobody. In a burst all messages take the long way.
/// <para>
/// What was shown and does not come out of the stream (a server that could not store it, a lost connection) is taken back. A message that this misses, or counts twice, costs a
/// moment of the short way or shows a state a moment early; every message of the stream is applied in its order in any case, so the last value is the stream's.
/// </para>
/// </summary>
internal sealed partial class StateStore
{
    /// <summary>The stream needs a millisecond; so much later it has not stored the message.</summary>
    private static readonly TimeSpan PreviewLasts = TimeSpan.FromSeconds(3);

    private readonly List<(EntitySlot Slot, byte[]? Before)> _previewed = [];
    private SubjectTarget? _preview;
    private long _previewedAt;
    private long _busySince;

    /// <summary>Messages heard and not yet read from the stream. Below zero when one came out of the stream first.</summary>
    private long _onTheWay;

    /// <summary>Whether the follower has read all that the stream holds.</summary>
    private bool _isLevel;

    /// <summary>Whether the last message read was the stream's last.</summary>
    private bool _wasLast;

    private bool _isPreviewing;

    /// <summary>How many messages took the short way, for tests and health.</summary>
    public long Previews { get; private set; }

    /// <summary>Takes a message as a device published it. Called by the thread that reads the connection.</summary>
    public void Preview(string subject, in ReadOnlySequence<byte> payload, bool mayShow)
    {
        lock (_gate)
        {
            if (TargetOf(subject) is not { } target)
            {
                return;
            }

            if (_onTheWay++ == 0)
            {
                _busySince = _time.GetTimestamp();
            }

            if (_onTheWay != 1 || !mayShow || !_isLevel || _preview is not null || !Show(target, payload.FirstSpan))
            {
                return;
            }
        }

        foreach (var listener in _listeners)
        {
            listener.AheadTold();
        }
    }

    /// <summary>Takes one message of the followed stream, in its order.</summary>
    /// <param name="subject">Its subject.</param>
    /// <param name="payload">What the device sent, whatever it is.</param>
    /// <param name="removed">Whether it carries <c>Bridge-Removed</c>.</param>
    /// <param name="seq">Where it stands in HOME_TELEMETRY.</param>
    /// <param name="isLast">Whether the stream held no later one.</param>
    public Applied Follow(string subject, ReadOnlySpan<byte> payload, bool removed, ulong seq, bool isLast)
    {
        lock (_gate)
        {
            var target = TargetOf(subject);
            if (target is { Subject.Kind: DeviceSubjectKind.State or DeviceSubjectKind.EntityState })
            {
                _onTheWay--;
            }

            _wasLast = isLast;
            if (!_isLevel && isLast)
            {
                // From here on both ways are counted.
                _isLevel = true;
                _onTheWay = 0;
            }

            var applied = Apply(subject, payload, removed, seq);
            if (_preview is not null && ReferenceEquals(_preview, target))
            {
                // Confirmed: whatever the message set is the stream's now.
                TakeBackPreview();
            }

            return applied;
        }
    }

    /// <summary>The connection is gone or the stream is followed anew: what was heard may be lost, and is shown only as far as the stream has it.</summary>
    public void ClosePreview()
    {
        lock (_gate)
        {
            _isLevel = false;
            TakeBackPreview();
        }
    }

    private bool Show(SubjectTarget target, ReadOnlySpan<byte> payload)
    {
        if (target.Device is not { } device)
        {
            return false;
        }

        _isPreviewing = true;
        try
        {
            switch (target.Subject.Kind)
            {
                case DeviceSubjectKind.EntityState when target.Entity is { } slot:
                    _normalised.ResetWrittenCount();
                    if (StateReader.TryNormalise(slot.Description, payload, _normalised, out _))
                    {
                        Set(slot, _normalised.WrittenSpan, slot.Seq);
                    }

                    break;
                case DeviceSubjectKind.State:
                    ApplySnapshot(device, payload, removed: false, seq: 0, onlyNewer: false, keys: null);
                    break;
            }
        }
        finally
        {
            _isPreviewing = false;
        }

        if (_previewed.Count == 0)
        {
            return false;
        }

        _preview = target;
        _previewedAt = _time.GetTimestamp();
        Previews++;
        return true;
    }

    /// <summary>As <see cref="Set"/>, but remembers what it replaces, and is nobody's last word.</summary>
    private void SetAhead(EntitySlot slot, ReadOnlySpan<byte> value)
    {
        if (slot.Value is { } last && !slot.Description.ForceUpdate && value.SequenceEqual(last))
        {
            return;
        }

        _previewed.Add((slot, slot.Value));
        slot.IsAhead = true;
        slot.Value = Keep(value);
        TellChanged(slot);
    }

    /// <summary>Whatever is still ahead of the stream becomes what it was before.</summary>
    private void TakeBackPreview()
    {
        foreach (var (slot, before) in _previewed)
        {
            if (!slot.IsAhead)
            {
                continue;
            }

            slot.IsAhead = false;
            slot.Value = before;
            if (before is null)
            {
                TellRemoved(slot.Id);
            }
            else
            {
                TellChanged(slot);
            }
        }

        _previewed.Clear();
        _preview = null;
    }

    /// <summary>Once a second: nothing stays shown that the stream does not have, and a miscount does not close the short way for ever.</summary>
    private void CheckPreview()
    {
        if (_preview is not null && _time.GetElapsedTime(_previewedAt) > PreviewLasts)
        {
            // A stream that stores nothing (a full disk) would have every state shown and taken back again: the way is closed until it speaks.
            TakeBackPreview();
            _isLevel = false;
        }

        if (_onTheWay != 0 && _wasLast && _time.GetElapsedTime(_busySince) > PreviewLasts)
        {
            _onTheWay = 0;
        }
    }
}
