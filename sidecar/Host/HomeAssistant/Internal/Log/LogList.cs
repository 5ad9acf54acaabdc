namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>
/// Nodes in the order of their last change. A changed node moves to the end instead of being noted twice: that is what keeps only the newest
/// state of an entity for every client, however slow, without a queue a client.
/// </summary>
internal sealed class LogList
{
    public LogNode? First { get; private set; }

    public LogNode? Last { get; private set; }

    public int Count { get; private set; }

    /// <summary>The number of the newest change in this list; 0 when it is empty.</summary>
    public long LastSeq => Last?.Seq ?? 0;

    /// <summary>Puts the node at the end, from wherever it stands.</summary>
    public void MoveToEnd(LogNode node, long seq)
    {
        Remove(node);
        node.Seq = seq;
        node.Previous = Last;
        if (Last is null)
        {
            First = node;
        }
        else
        {
            Last.Next = node;
        }

        Last = node;
        Count++;
    }

    /// <summary>Takes the node out, if it is in.</summary>
    public void Remove(LogNode node)
    {
        if (node.Seq == 0)
        {
            return;
        }

        if (node.Previous is null)
        {
            First = node.Next;
        }
        else
        {
            node.Previous.Next = node.Next;
        }

        if (node.Next is null)
        {
            Last = node.Previous;
        }
        else
        {
            node.Next.Previous = node.Previous;
        }

        node.Previous = node.Next = null;
        node.Seq = 0;
        Count--;
    }

    /// <summary>The oldest node that is newer than <paramref name="seq"/>. Walks from the end: as many steps as there is to tell.</summary>
    public LogNode? After(long seq)
    {
        if (First is null || First.Seq > seq)
        {
            return First;
        }

        LogNode? found = null;
        for (var node = Last; node is not null && node.Seq > seq; node = node.Previous)
        {
            found = node;
        }

        return found;
    }
}
