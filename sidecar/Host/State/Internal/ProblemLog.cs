using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// What was wrong with one device's states: the 20 newest paths, and when it was last logged. Guarded by the store's lock.
/// </summary>
internal sealed class ProblemLog(TimeProvider time)
{
    public const int Most = 20;

    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private readonly LinkedList<StateProblemSeen> _newestFirst = new();
    private long _lastLogged;

    public IReadOnlyList<StateProblemSeen> Snapshot() => [.. _newestFirst];

    /// <summary>Notes it; true when it should be logged, at most once a minute.</summary>
    public bool Note(StateProblem problem)
    {
        var count = 1L;
        for (var node = _newestFirst.First; node is not null; node = node.Next)
        {
            if (node.Value.Path == problem.Path)
            {
                count += node.Value.Count;
                _newestFirst.Remove(node);
                break;
            }
        }

        _newestFirst.AddFirst(new StateProblemSeen(problem.Path, problem.Message, count, time.GetUtcNow(), problem.IsWarning));
        if (_newestFirst.Count > Most)
        {
            _newestFirst.RemoveLast();
        }

        if (problem.IsWarning || (_lastLogged != 0 && time.GetElapsedTime(_lastLogged) < Silence))
        {
            return false;
        }

        _lastLogged = time.GetTimestamp();
        return true;
    }
}
