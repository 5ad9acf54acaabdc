using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.HomeAssistant.Internal.Log;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Frames;

/// <summary>
/// What Listen tells while nothing has been read yet: the repairs, which say why, and a bye. Of devices it says nothing, and no <c>end</c> comes, so no client takes the silence for an
/// empty home; it comes back and is told again what stands then.
/// </summary>
internal static class NotReadyFrames
{
    /// <summary>The frames. The same <see cref="Frame"/> each time: it must be used up before the next is asked for.</summary>
    public static IEnumerable<Frame> Of(ChangeLog log, IReadOnlyList<Repair> repairs)
    {
        var frame = new Frame();
        if (repairs.Count > 0)
        {
            ControlFrames.WriteBegin(frame, log.Epoch, 0, full: true, [.. log.Links]);
            yield return frame;
            frame.Clear();
            new BatchFrame
            {
                Seq = 0,
                Issues = [.. repairs.TakeLast(BatchFrame.MaxEntries).Select(repair => new IssueEntry(repair.Id, repair.Key, repair.Severity, repair.Placeholders, true))],
            }.Write(frame);
            yield return frame;
            frame.Clear();
        }

        ControlFrames.WriteBye(frame, HubErrors.NotReady);
        yield return frame;
    }
}
