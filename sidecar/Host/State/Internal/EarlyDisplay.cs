using System.Buffers;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;
using NATS.Client.Core;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Displays a state when its device publishes it, before the stream delivers it (about 0.3 ms later). The stream alone decides
/// what is true, so this happens only while no other state is on its way through the stream: the next message of the stream is
/// then the one that was displayed, and changes nothing. In a burst every message comes by the stream alone.
/// <para>
/// What was displayed and does not come from the stream (a server that could not store it, a lost connection) is rolled back. A
/// message that is missed here, or counted twice, costs an early display or displays a state early that is not the last; every
/// message of the stream is applied in its order in any case, so the last value is the stream's.
/// </para>
/// </summary>
/// <remarks>
/// Switched off by the environment variable <c>BRIDGE_EARLY_DISPLAY=0</c>. To delete it, delete this file, <see
/// cref="EntitySlot.EarlyValue"/>, <see cref="EntityState.IsEarly"/> and <see cref="IStateListener.EarlyStatesPassed"/>, and what
/// refers to them.
/// </remarks>
internal sealed class EarlyDisplay(Lock gate, StateTable table, Notifications notifications, TimeProvider time)
{
    /// <summary>The stream needs a millisecond; so much later it has not stored the message.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(3);

    private readonly ArrayBufferWriter<byte> _normalised = new(256);
    private readonly List<EntitySlot> _displayed = [];

    /// <summary>The client holds subscriptions weakly: without this list they would end at some garbage collection.</summary>
    private readonly List<EarlySubscription> _subscriptions = [];
    private SnapshotSink? _sink;
    private SubjectTarget? _target;
    private long _displayedAt;
    private long _busySince;

    /// <summary>Messages received here and not yet from the stream. Below zero when one came from the stream first.</summary>
    private long _inFlight;

    /// <summary>Whether all that the stream holds has been read.</summary>
    private bool _isLevel;

    /// <summary>Whether the last message read was the stream's last.</summary>
    private bool _wasLast;

    /// <summary>Whether it runs.</summary>
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("BRIDGE_EARLY_DISPLAY") != "0";

    /// <summary>How many messages were displayed early.</summary>
    public long Count { get; private set; }

    /// <summary>
    /// Subscribes. One that was open already when another failed is not opened twice: it would count every message twice.
    /// </summary>
    public async ValueTask OpenAsync(
        INatsConnection connection, IEnumerable<string> subjects, CancellationToken cancellationToken)
    {
        foreach (var subject in subjects.Skip(_subscriptions.Count))
        {
            var subscription = new EarlySubscription(connection, subject, this);
            await connection.AddSubAsync(subscription, cancellationToken);
            _subscriptions.Add(subscription);
        }
    }

    /// <summary>A device has published. Called by the thread that reads the connection.</summary>
    public void Received(string subject, in ReadOnlySequence<byte> payload, bool mayDisplay)
    {
        lock (gate)
        {
            if (table.TargetOf(subject) is not { } target)
            {
                return;
            }

            if (_inFlight++ == 0)
            {
                _busySince = time.GetTimestamp();
            }

            if (_inFlight != 1 || !mayDisplay || !_isLevel || _target is not null || !Display(target, payload.FirstSpan))
            {
                return;
            }
        }

        notifications.Deliver();
    }

    /// <summary>Under the lock: the stream delivers a message, which is applied next.</summary>
    public void BeforeStream(SubjectTarget? target, bool isLast)
    {
        if (target is { Subject.Kind: DeviceSubjectKind.State or DeviceSubjectKind.EntityState })
        {
            _inFlight--;
        }

        _wasLast = isLast;
        if (!_isLevel && isLast)
        {
            // From here on both are counted.
            _isLevel = true;
            _inFlight = 0;
        }
    }

    /// <summary>Under the lock: it was applied. Whatever the message set is the stream's now.</summary>
    public void AfterStream(SubjectTarget? target)
    {
        if (_target is not null && ReferenceEquals(_target, target))
        {
            RollBack();
        }
    }

    /// <summary>Under the lock: the connection is lost. What was received may never be stored.</summary>
    public void Close()
    {
        _isLevel = false;
        RollBack();
    }

    /// <summary>
    /// Under the lock, once a second: nothing stays displayed that the stream does not have; a miscount does not last.
    /// </summary>
    public void Check()
    {
        if (_target is not null && time.GetElapsedTime(_displayedAt) > Lasts)
        {
            // With a stream that stores nothing (a full disk) every state would be displayed and rolled back: closed until it
            // delivers.
            Close();
        }

        if (_inFlight != 0 && _wasLast && time.GetElapsedTime(_busySince) > Lasts)
        {
            _inFlight = 0;
        }
    }

    private bool Display(SubjectTarget target, ReadOnlySpan<byte> payload)
    {
        switch (target.Subject.Kind)
        {
            case DeviceSubjectKind.EntityState when target.Entity is { } slot:
                _normalised.ResetWrittenCount();
                if (StateReader.TryNormalise(slot.Description, payload, _normalised, out _))
                {
                    Display(slot, _normalised.WrittenSpan);
                }

                break;
            case DeviceSubjectKind.State when target.Device is { } device:
                _sink ??= new SnapshotSink(this);
                _sink.Device = device;
                StateReader.ReadSnapshot(device.Description, payload, _sink);
                break;
        }

        if (_displayed.Count == 0)
        {
            return false;
        }

        _target = target;
        _displayedAt = time.GetTimestamp();
        Count++;
        notifications.Call(listener => listener.EarlyStatesPassed());
        return true;
    }

    private void Display(EntitySlot slot, ReadOnlySpan<byte> value)
    {
        if (slot.Value is null || slot.Description.ForceUpdate || !value.SequenceEqual(slot.Value))
        {
            slot.EarlyValue = StateUpdater.Intern(value);
            _displayed.Add(slot);
            notifications.Changed(slot);
        }
    }

    /// <summary>Whatever is still early is again what the stream has.</summary>
    private void RollBack()
    {
        foreach (var slot in _displayed.Where(slot => slot.EarlyValue is not null))
        {
            slot.EarlyValue = null;
            notifications.Changed(slot);
        }

        _displayed.Clear();
        _target = null;
    }

    /// <summary>Wrong values and undeclared keys are noted when they come from the stream.</summary>
    private sealed class SnapshotSink(EarlyDisplay early) : ISnapshotSink
    {
        public DeviceSlot? Device { get; set; }

        public void Value(EntityDescription entity, ReadOnlySpan<byte> normalised)
        {
            if (!DeviceSlot.IsHealth(entity.Key) && Device!.Entities.TryGetValue(entity.Key, out var slot))
            {
                early.Display(slot, normalised);
            }
        }

        public void Problem(EntityDescription? entity, StateProblem problem)
        {
        }

        public void Undeclared(ReadOnlySpan<byte> key)
        {
        }
    }

    /// <summary>Takes states on the thread that reads the connection: no queue, no task.</summary>
    private sealed class EarlySubscription(INatsConnection connection, string subject, EarlyDisplay early)
        : NatsSubBase(connection, connection.SubscriptionManager, subject, queueGroup: null, opts: null)
    {
        protected override ValueTask ReceiveInternalAsync(
            string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
        {
            // What carries headers (a removal, a message id) is for the stream alone.
            early.Received(subject, payloadBuffer, mayDisplay: headersBuffer is null && payloadBuffer.IsSingleSegment);
            return ValueTask.CompletedTask;
        }

        protected override void TryComplete()
        {
            // Nothing waits for the end.
        }
    }
}
