using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.HomeAssistant.Internal.Hub;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Requests;

/// <summary>
/// A request that one client was asked. It is over once: a client that has not taken it by then is told so, and does nothing; one
/// that has may still be at it.
/// </summary>
internal sealed class WaitingRequest(HomeAssistantRequest request, ClientSession session)
{
    private readonly TaskCompletionSource<HomeAssistantAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private bool _isTaken;
    private bool _isOver;

    public HomeAssistantRequest Request { get; } = request;

    /// <summary>The client that was asked.</summary>
    public ClientSession Session { get; } = session;

    public Task<HomeAssistantAnswer> Answer => _answer.Task;

    /// <summary>Whether the client may execute it now; once.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            return !_isOver && !_isTaken && (_isTaken = true);
        }
    }

    /// <summary>Hands in the client's answer; false when nobody waits for it any more, or it was not taken.</summary>
    public bool TryAnswer(HomeAssistantAnswer answer)
    {
        lock (_lock)
        {
            return !_isOver && _isTaken && (_isOver = _answer.TrySetResult(answer));
        }
    }

    /// <summary>Ends it without the client: the answer that came in time, else one of these.</summary>
    /// <param name="notTaken">When the client has not taken it, and never will.</param>
    /// <param name="taken">When the client has taken it.</param>
    public HomeAssistantAnswer? End(Func<HomeAssistantAnswer?> notTaken, Func<HomeAssistantAnswer> taken)
    {
        lock (_lock)
        {
            _isOver = true;
            return _answer.Task.IsCompletedSuccessfully ? _answer.Task.Result : _isTaken ? taken() : notTaken();
        }
    }
}
