using HaNatsBridge.Contract.Protocol;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Messages;

/// <summary>
/// The messages of one subscription that its client has not taken yet. When it is full the oldest are dropped and counted: the
/// newest message says how things are. Thread-safe, for one reader.
/// </summary>
internal sealed class MessageQueue : IDisposable
{
    /// <summary>How many messages wait at most.</summary>
    public const int MaxMessages = 256;

    /// <summary>How many bytes of payload they have at most.</summary>
    public const int MaxBytes = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly Queue<ClientMessage> _messages = new();
    private int _bytes;
    private long _dropped;
    private bool _isLost;
    private bool _begins = true;
    private ProtocolError? _end;

    /// <summary>Adds a message.</summary>
    public void Add(ClientMessage message)
    {
        lock (_lock)
        {
            _messages.Enqueue(message);
            _bytes += message.Payload?.Length ?? 0;
            while (_messages.Count > MaxMessages || _bytes > MaxBytes)
            {
                _bytes -= _messages.Dequeue().Payload?.Length ?? 0;
                _dropped++;
            }
        }

        Wake();
    }

    /// <summary>The connection to NATS was lost: what waits is delivered, then the subscription begins again.</summary>
    public void Lose()
    {
        lock (_lock)
        {
            _isLost = true;
        }

        Wake();
    }

    /// <summary>Ends the subscription.</summary>
    public void End(ProtocolError error)
    {
        lock (_lock)
        {
            _end ??= error;
        }

        Wake();
    }

    /// <summary>Waits for the next item.</summary>
    public async Task<Item> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTake() is { } item)
            {
                return item;
            }

            await _changed.WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => _changed.Dispose();

    private Item? TryTake()
    {
        lock (_lock)
        {
            if (_end is { } end)
            {
                return new Item(End: end);
            }

            if (_begins)
            {
                _begins = false;
                return new Item(Begins: true);
            }

            if (_dropped > 0)
            {
                var dropped = _dropped;
                _dropped = 0;
                return new Item(Dropped: dropped);
            }

            if (_messages.TryDequeue(out var message))
            {
                _bytes -= message.Payload?.Length ?? 0;
                return new Item(Message: message);
            }

            if (!_isLost)
            {
                return null;
            }

            _isLost = false;
            _begins = true;
            return new Item(IsLost: true);
        }
    }

    private void Wake()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
        catch (ObjectDisposedException)
        {
            // The client is gone.
        }
    }

    /// <summary>One of: the (new) beginning, a lost connection, how many were dropped, a message, the end.</summary>
    public readonly record struct Item(
        bool Begins = false, bool IsLost = false, long Dropped = 0, ClientMessage? Message = null, ProtocolError? End = null);
}
