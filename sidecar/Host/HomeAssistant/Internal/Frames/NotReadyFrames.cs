using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Changes;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Frames;

/// <summary>
/// The frames of a Listen while nothing has been read yet: the repairs, which say why, and a bye. No device and no <c>end</c>,
/// so no client takes it for an empty home; it comes back.
/// </summary>
internal static class NotReadyFrames
{
    /// <summary>The frames. The same <see cref="Frame"/> each time: it must be used up before the next is asked for.</summary>
    public static IEnumerable<Frame> Of(IChanges changes)
    {
        var frame = new Frame();
        var issues = changes.Issues;
        if (issues.Count > 0)
        {
            ControlFrames.WriteBegin(frame, changes.Epoch, 0, full: true, [.. changes.Links]);
            yield return frame;
            frame.Clear();
            new BatchFrame { Seq = 0, Issues = [.. issues.TakeLast(BatchFrame.MaxEntries)] }.Write(frame);
            yield return frame;
            frame.Clear();
        }

        ControlFrames.WriteBye(frame, HubErrors.NotReady);
        yield return frame;
    }
}
