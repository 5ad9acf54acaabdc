using HaNatsBridge.Contract.Redaction;

namespace HaNatsBridge.Host.Repairs.Internal;

/// <summary>The repairs that stand, oldest first.</summary>
internal sealed partial class RepairList(ILogger<RepairList> logger) : IRepairs
{
    private const int Most = 1_000;
    private readonly Lock _gate = new();
    private readonly LinkedList<Repair> _order = [];
    private readonly Dictionary<string, LinkedListNode<Repair>> _byId = new(StringComparer.Ordinal);

    private event Action<Repair, bool>? Changed;

    public void Raise(Repair repair)
    {
        ArgumentNullException.ThrowIfNull(repair);
        repair = repair with { Placeholders = repair.Placeholders.ToDictionary(word => word.Key, word => Redactor.Text(word.Value)) };
        // Subscribers are called under the lock, which keeps the order of changes.
        lock (_gate)
        {
            if (_byId.TryGetValue(repair.Id, out var standing))
            {
                if (IsSame(standing.Value, repair))
                {
                    return;
                }

                standing.Value = repair;
            }
            else
            {
                if (_byId.Count == Most)
                {
                    Remove(_order.First!);
                }

                _byId[repair.Id] = _order.AddLast(repair);
                LogRaised(repair.Id, repair.Severity, repair.Placeholders);
            }

            Changed?.Invoke(repair, true);
        }
    }

    public void Clear(string id)
    {
        lock (_gate)
        {
            if (_byId.TryGetValue(id, out var standing))
            {
                Remove(standing);
                LogCleared(id);
            }
        }
    }

    public IReadOnlyList<Repair> Snapshot()
    {
        lock (_gate)
        {
            return [.. _order];
        }
    }

    public IDisposable Subscribe(Action<Repair, bool> changed)
    {
        lock (_gate)
        {
            Changed += changed;
            foreach (var repair in _order)
            {
                changed(repair, true);
            }
        }

        return new Subscription(() => Changed -= changed);
    }

    private static bool IsSame(Repair left, Repair right) =>
        left.Key == right.Key && left.Severity == right.Severity && left.Placeholders.Count == right.Placeholders.Count
        && left.Placeholders.All(pair => right.Placeholders.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private void Remove(LinkedListNode<Repair> node)
    {
        _order.Remove(node);
        _byId.Remove(node.Value.Id);
        Changed?.Invoke(node.Value, false);
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }

    [LoggerMessage(1600, LogLevel.Warning, "Repair {Id} ({Severity}): {Placeholders}")]
    private partial void LogRaised(string id, string severity, IReadOnlyDictionary<string, string> placeholders);

    [LoggerMessage(1601, LogLevel.Information, "Repair {Id} is mended")]
    private partial void LogCleared(string id);
}
