using System.Threading.Channels;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>A last state that is beyond a budget.</summary>
/// <param name="Device">The device that published it.</param>
/// <param name="IsAnnounced">Whether the device is announced.</param>
/// <param name="Reason">What it has too much of, for people.</param>
internal readonly record struct Surplus(DeviceId Device, bool IsAnnounced, string Reason);

/// <content>The budgets of HOME_STATE, and messages that were too large to be stored.</content>
internal sealed partial class StateStore
{
    private readonly DeviceBudget _budget = new("states") { Limits = DeviceLimits.For(long.MaxValue / 8, StateFeature.MaxStateBytes) };

    // What finds no room here is found when the stream is looked through.
    private readonly Channel<Surplus> _surplus =
        Channel.CreateBounded<Surplus>(new BoundedChannelOptions(1_000) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>What was found beyond a budget in the messages that were applied.</summary>
    public ChannelReader<Surplus> Surplus => _surplus.Reader;

    /// <summary>The size of HOME_STATE, which the budgets are parts of.</summary>
    public void SetSize(long maxBytes)
    {
        lock (_gate)
        {
            _budget.Limits = DeviceLimits.For(maxBytes, StateFeature.MaxStateBytes);
        }
    }

    /// <summary>Whether a device is announced.</summary>
    public bool IsAnnounced(DeviceId id)
    {
        lock (_gate)
        {
            return _table.Devices.ContainsKey(id);
        }
    }

    /// <summary>Judges a message that is in HOME_STATE; null: it stays.</summary>
    public Surplus? Judge(in StateMessage message)
    {
        lock (_gate)
        {
            return JudgeLocked(message);
        }
    }

    /// <summary>A device published a message that is too large to be stored. Returns the device if it is announced.</summary>
    public DeviceId? NoteTooLarge(string subject, long bytes)
    {
        lock (_gate)
        {
            _metrics.TooLarge++;
            if (_table.TargetOf(subject) is not { Device: { } device } target)
            {
                return null;
            }

            var path = target.Subject.Key ?? (target.Subject.Kind == DeviceSubjectKind.Health ? "health" : "state");
            var message = $"the message has {bytes} bytes and was not stored: at most {StateFeature.MaxStateBytes} with its headers";
            _states.NoteProblem(device, new StateProblem(path, message));
            return device.Id;
        }
    }

    private Surplus? JudgeLocked(in StateMessage message)
    {
        if (_table.TargetOf(message.Subject) is not { } target)
        {
            return null;
        }

        var device = target.Subject.Device;
        var kind = message.IsRemoval ? StoredKind.Marker : IsDeclared(target) ? StoredKind.Declared : StoredKind.Undeclared;
        return _budget.Judge(device, message.Subject, message.Bytes, kind) is { } reason
            ? new Surplus(device, target.Device is not null, reason)
            : null;
    }

    private bool IsDeclared(string subject) => _table.TargetOf(subject) is { } target && IsDeclared(target);

    private static bool IsDeclared(SubjectTarget target) =>
        target.Subject.Kind == DeviceSubjectKind.EntityState ? target.Entity is not null : target.Device is not null;
}
