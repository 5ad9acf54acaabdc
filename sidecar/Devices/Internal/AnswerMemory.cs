namespace HaNatsBridge.Devices.Internal;

/// <summary>
/// The answers to the last commands: the same id again gets the same answer and is not executed again. At most 2,048 answers
/// (twice the most commands that may be unanswered), 256 KiB and 10 minutes.
/// </summary>
internal sealed class AnswerMemory(TimeProvider time)
{
    private const int Most = 2 * 1_024;
    private const int MostBytes = 256 * 1024;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private readonly Dictionary<string, byte[]> _answers = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, int Bytes, long At)> _order = new();
    private readonly Lock _lock = new();
    private int _bytes;

    public byte[]? Find(string id)
    {
        lock (_lock)
        {
            Forget();
            return _answers.GetValueOrDefault(id);
        }
    }

    public void Add(string id, byte[] answer)
    {
        var bytes = answer.Length + id.Length;
        lock (_lock)
        {
            if (_answers.TryAdd(id, answer))
            {
                _order.Enqueue((id, bytes, time.GetTimestamp()));
                _bytes += bytes;
                Forget();
            }
        }
    }

    private void Forget()
    {
        while (_order.TryPeek(out var oldest)
            && (_order.Count > Most || _bytes > MostBytes || time.GetElapsedTime(oldest.At) > Longest))
        {
            _order.Dequeue();
            _answers.Remove(oldest.Id);
            _bytes -= oldest.Bytes;
        }
    }
}
