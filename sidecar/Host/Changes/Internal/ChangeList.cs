using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.State;

namespace HaNatsBridge.Host.Changes.Internal;

/// <summary>A thing that changes. It stands once, in one list, at the place of its last change.</summary>
internal abstract class ChangeNode
{
    /// <summary>The number of its last change; 0 while it stands in no list.</summary>
    public long Seq { get; set; }

    /// <summary>The list that it stands in; null: none.</summary>
    public ChangeList? List { get; set; }

    /// <summary>Its place in that list.</summary>
    public LinkedListNode<ChangeNode> Place => field ??= new LinkedListNode<ChangeNode>(this);

    public ChangeNode? Next => Place.Next?.Value;
}

/// <summary>A device: announced, removed, or known only by a state that came before its description.</summary>
internal sealed class DeviceNode : ChangeNode
{
    public DeviceNode(DeviceId id)
    {
        Id = id;
        Availability = new AvailabilityNode(this);
    }

    public DeviceId Id { get; }

    /// <summary>Null where it is not announced.</summary>
    public RegisteredDevice? Device { get; set; }

    /// <summary>The description whose states have all been reported; null: none.</summary>
    public DeviceDescription? Complete { get; set; }

    /// <summary>A newer description that is withheld (<see cref="ChangeLog"/>).</summary>
    public RegisteredDevice? Withheld { get; set; }

    /// <summary>Since when, on the monotonic clock.</summary>
    public long WithheldSince { get; set; }

    /// <summary>In a list where only its availability changed since the description.</summary>
    public AvailabilityNode Availability { get; }

    public Dictionary<string, StateNode> States { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, PictureNode> Pictures { get; } = new(StringComparer.Ordinal);

    /// <summary>The batch that it was last put into, so that a gateway that was pulled forward is not put in twice.</summary>
    public long PutInto { get; set; }
}

/// <summary>A device's availability.</summary>
internal sealed class AvailabilityNode(DeviceNode device) : ChangeNode
{
    public DeviceNode Device { get; } = device;
}

/// <summary>An entity's newest state.</summary>
internal sealed class StateNode(EntityId entity) : ChangeNode
{
    public EntityId Entity { get; } = entity;

    /// <summary>The normalised JSON value, UTF-8.</summary>
    public ReadOnlyMemory<byte> Value { get; set; }
}

/// <summary>An entity's newest picture. It stands among the states, so that a new entity has it as it has its state.</summary>
internal sealed class PictureNode(EntityId entity) : ChangeNode
{
    public EntityId Entity { get; } = entity;

    /// <summary>Null: it was removed.</summary>
    public Picture? Picture { get; set; }
}

/// <summary>An event of a device.</summary>
/// <param name="occurred">The event.</param>
/// <param name="receivedAt">On the monotonic clock: a device's or server's clock may be wrong.</param>
internal sealed class EventNode(DeviceEvent occurred, long receivedAt) : ChangeNode
{
    public DeviceEvent Event { get; } = occurred;

    public long ReceivedAt { get; } = receivedAt;
}

/// <summary>A repair, raised or cleared.</summary>
internal sealed class IssueNode : ChangeNode
{
    public required Repair Repair { get; set; }

    public required bool Active { get; set; }
}

/// <summary>
/// Nodes in the order of their last change. A changed node moves to the end instead of being added again: so the newest state of
/// an entity is all there is for every reader, however slow, without a queue a reader.
/// </summary>
/// <param name="index">Its place among a reader's positions.</param>
internal sealed class ChangeList(int index)
{
    private readonly LinkedList<ChangeNode> _nodes = [];

    public int Index { get; } = index;

    public ChangeNode? First => _nodes.First?.Value;

    public LinkedListNode<ChangeNode>? Last => _nodes.Last;

    public int Count => _nodes.Count;

    /// <summary>The number of the newest change in this list; 0 when it is empty.</summary>
    public long LastSeq => _nodes.Last?.Value.Seq ?? 0;

    /// <summary>Puts the node at the end, from wherever it stands.</summary>
    public void MoveToEnd(ChangeNode node, long seq)
    {
        Remove(node);
        node.List = this;
        node.Seq = seq;
        _nodes.AddLast(node.Place);
    }

    /// <summary>Takes the node out of the list that it stands in, if any.</summary>
    public static void Remove(ChangeNode node)
    {
        node.List?._nodes.Remove(node.Place);
        node.List = null;
        node.Seq = 0;
    }

    /// <summary>
    /// The oldest node that is newer than <paramref name="seq"/>. Walks from the end: as many steps as there is to read.
    /// </summary>
    public ChangeNode? After(long seq)
    {
        if (First is not { } first || first.Seq > seq)
        {
            return First;
        }

        ChangeNode? found = null;
        for (var place = _nodes.Last; place is not null && place.Value.Seq > seq; place = place.Previous)
        {
            found = place.Value;
        }

        return found;
    }
}
