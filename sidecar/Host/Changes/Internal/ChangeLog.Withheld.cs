using HaNatsBridge.Host.Registry;

namespace HaNatsBridge.Host.Changes.Internal;

/// <summary>
/// New devices and entities whose availability or states have not arrived yet. An announcement makes a device online, but its
/// description, its availability and its states are records that arrive one after the other. Readers get them at once: else Home
/// Assistant would show a new entity as unavailable or unknown first, and automations would react to that.
/// </summary>
internal sealed partial class ChangeLog : IDisposable
{
    /// <summary>
    /// How long a description is withheld at most: a device may go away again, and many may be announced at once. Longer than
    /// another sidecar takes to decide in the place of one that was killed.
    /// </summary>
    public static readonly TimeSpan WithheldAtMost = TimeSpan.FromSeconds(10);

    private readonly Queue<(DeviceNode Node, long Since)> _withheld = new();
    private readonly ITimer _withheldTimer;

    public void Dispose() => _withheldTimer.Dispose();

    private static bool IsWhole(DeviceNode node, RegisteredDevice device) =>
        device.Availability.Online && ReferenceEquals(node.Complete, device.Description);

    private static bool HasNewEntity(DeviceNode node, RegisteredDevice device) =>
        device.Description.Entities.Any(entity => IsNew(entity, node.Device?.Description));

    private void Withhold(DeviceNode node, RegisteredDevice device)
    {
        if (node.Withheld is null)
        {
            node.WithheldSince = _time.GetTimestamp();
            _withheld.Enqueue((node, node.WithheldSince));
            if (_withheld.Count == 1)
            {
                _withheldTimer.Change(WithheldAtMost, Timeout.InfiniteTimeSpan);
            }
        }

        node.Withheld = device;
    }

    /// <summary>The descriptions are published as they are.</summary>
    private void PublishOverdue()
    {
        lock (Gate)
        {
            while (_withheld.TryPeek(out var oldest))
            {
                var remaining = WithheldAtMost - _time.GetElapsedTime(oldest.Since);
                if (remaining > TimeSpan.Zero)
                {
                    _withheldTimer.Change(remaining, Timeout.InfiniteTimeSpan);
                    break;
                }

                _withheld.Dequeue();
                if (oldest.Node.Withheld is { } device && oldest.Node.WithheldSince == oldest.Since)
                {
                    Publish(oldest.Node, device);
                }
            }
        }

        WakeReaders();
    }
}
