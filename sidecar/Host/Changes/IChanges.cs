using HaNatsBridge.Contract.Protocol;

namespace HaNatsBridge.Host.Changes;

/// <summary>
/// What changed in the home: devices, removals, availability, states, events, issues, links. Each thing stands in it once, at
/// the place of its last change, so it is as large as the home and not as its traffic, and a reader is only a few numbers:
/// however slow it is, it costs nothing, misses no device, removal or event, and finds the newest state of each entity.
/// </summary>
public interface IChanges
{
    /// <summary>Completes when registry and states have been read: a snapshot is whole from then on.</summary>
    Task Ready { get; }

    /// <summary>Random per start of the host: positions of another start mean nothing here.</summary>
    string Epoch { get; }

    /// <summary>The connections outwards, as they are now.</summary>
    IReadOnlyList<LinkState> Links { get; }

    /// <summary>The repairs that stand now, also before <see cref="Ready"/>.</summary>
    IReadOnlyList<IssueEntry> Issues { get; }

    /// <summary>For reports and diagnostics.</summary>
    ChangeCounts Counts { get; }

    /// <summary>
    /// Begins to read: what changed after <paramref name="from"/>, else everything, the removed devices included (the newest
    /// 10,000). Dispose of the reader when it is done.
    /// </summary>
    ChangeReader Read(ListenRequest from);
}

/// <summary>How much there is to read.</summary>
/// <param name="Devices">Announced devices.</param>
/// <param name="States">Entities with a state, and those with a picture.</param>
/// <param name="Removals">Removed devices that are remembered.</param>
/// <param name="Events">Events that are retained for slow and returning readers.</param>
/// <param name="EventsDropped">Events that gave way to newer ones before every reader may have had them.</param>
/// <param name="Seq">The number of the newest change.</param>
public sealed record ChangeCounts(int Devices, int States, int Removals, int Events, long EventsDropped, long Seq);
