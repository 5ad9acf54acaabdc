using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Changes.Internal;

/// <summary>
/// The changes, numbered by one counter. Writers and readers meet under one lock, under which only code of this room runs.
/// </summary>
internal sealed partial class ChangeLog : IChanges
{
    /// <summary>How many cleared issues are remembered; a reader that is older gets everything.</summary>
    public const int ClearedIssuesRetained = 1_000;

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly Dictionary<string, IssueNode> _issues = new(StringComparer.Ordinal);
    private ChangeReader[] _readers = [];
    private IReadOnlyList<LinkState> _links = [];
    private long _forgotten;

    public ChangeLog(TimeProvider time, string epoch)
    {
        _time = time;
        Epoch = epoch;
        _withheldTimer = time.CreateTimer(_ => PublishOverdue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Lists = [Issues, ClearedIssues, Devices, Removed, Availability, Events, States];
        SetLinks([new LinkState("nats", false)]);
    }

    public Task Ready => _ready.Task;

    public string Epoch { get; }

    public IReadOnlyList<LinkState> Links => Volatile.Read(ref _links);

    IReadOnlyList<IssueEntry> IChanges.Issues
    {
        get
        {
            lock (Gate)
            {
                return [.. _issues.Values.Where(issue => issue.Active).Select(EntryOf)];
            }
        }
    }

    public ChangeCounts Counts
    {
        get
        {
            lock (Gate)
            {
                return new ChangeCounts(Devices.Count, States.Count, Removed.Count, Events.Count, _eventsDropped, Seq);
            }
        }
    }

    public Lock Gate { get; } = new();

    public ChangeList Issues { get; } = new(0);

    public ChangeList ClearedIssues { get; } = new(1);

    public ChangeList Devices { get; } = new(2);

    /// <summary>Removed devices that are not announced again.</summary>
    public ChangeList Removed { get; } = new(3);

    public ChangeList Availability { get; } = new(4);

    public ChangeList Events { get; } = new(5);

    public ChangeList States { get; } = new(6);

    public ChangeList[] Lists { get; }

    public long LinksSeq { get; private set; }

    public long Seq { get; private set; }

    /// <summary>Numbers the batches, for <see cref="DeviceNode.PutInto"/>.</summary>
    public long Batch { get; set; }

    public static IssueEntry EntryOf(IssueNode issue) =>
        new(issue.Repair.Id, issue.Repair.Key, issue.Repair.Severity, issue.Repair.Placeholders, issue.Active);

    public DeviceNode? Find(DeviceId id) => _devices.GetValueOrDefault(id);

    public ChangeReader Read(ListenRequest from)
    {
        lock (Gate)
        {
            var resumes = from.Epoch == Epoch && from.Since is { } since && since > 0 && since <= Seq && since >= _forgotten;
            var (eventsAfter, position) = EventsAfter(from);
            var reader = new ChangeReader(this, resumes ? from.Since!.Value : 0, eventsAfter, position, new DeviceFilter(from));
            _readers = [.. _readers, reader];
            return reader;
        }
    }

    public void Detach(ChangeReader reader)
    {
        lock (Gate)
        {
            _readers = [.. _readers.Where(other => other != reader)];
        }
    }

    /// <summary>Registry and states have been read.</summary>
    /// <param name="removed">The devices that the registry remembers as removed, oldest first.</param>
    public void SetReady(IReadOnlyList<DeviceId> removed)
    {
        lock (Gate)
        {
            foreach (var id in removed)
            {
                // Whatever the registry has reported meanwhile is newer.
                if (NodeOf(id) is { Device: null, List: null } node)
                {
                    Remove(node);
                }
            }
        }

        _ready.TrySetResult();
    }

    public void IssueChanged(Repair repair, bool active)
    {
        lock (Gate)
        {
            if (!_issues.TryGetValue(repair.Id, out var node))
            {
                if (!active)
                {
                    return;
                }

                _issues[repair.Id] = node = new IssueNode { Repair = repair, Active = true };
            }

            node.Repair = repair;
            node.Active = active;
            (active ? Issues : ClearedIssues).MoveToEnd(node, ++Seq);
            if (ForgetOldest(ClearedIssues, ClearedIssuesRetained) is IssueNode forgotten)
            {
                _issues.Remove(forgotten.Repair.Id);
            }
        }

        WakeReaders();
    }

    /// <summary>All links outwards; no-op if unchanged.</summary>
    public void SetLinks(IReadOnlyList<LinkState> links)
    {
        lock (Gate)
        {
            if (links.SequenceEqual(_links))
            {
                return;
            }

            Volatile.Write(ref _links, links);
            LinksSeq = ++Seq;
        }

        WakeReaders();
    }

    /// <summary>Drops the oldest where there are too many: a returning reader that is older than that gets everything.</summary>
    private ChangeNode? ForgetOldest(ChangeList list, int retained)
    {
        if (list.Count <= retained)
        {
            return null;
        }

        var oldest = list.First!;
        _forgotten = Math.Max(_forgotten, oldest.Seq);
        ChangeList.Remove(oldest);
        return oldest;
    }

    private void WakeReaders()
    {
        foreach (var reader in Volatile.Read(ref _readers))
        {
            reader.Wake();
        }
    }
}
