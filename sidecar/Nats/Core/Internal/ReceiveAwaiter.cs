using System.Runtime.CompilerServices;

namespace NATS.Client.Core.Internal;

/// <summary>Awaits received bytes, and runs the last of those to be woken between the start of the wait and giving the thread back (<see cref="WakeList"/>).</summary>
internal readonly struct ReceiveAwaiter(ValueTask<int> receiving, WakeList wakes) : ICriticalNotifyCompletion
{
    private readonly ValueTaskAwaiter<int> _receiving = receiving.GetAwaiter();

    public bool IsCompleted
    {
        get
        {
            if (!_receiving.IsCompleted)
            {
                return false;
            }

            wakes.WakeElsewhere();
            return true;
        }
    }

    public ReceiveAwaiter GetAwaiter() => this;

    public int GetResult() => _receiving.GetResult();

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        // Taken first: from the next line on another thread may run the read loop.
        var last = wakes.TakeLast();
        try
        {
            _receiving.UnsafeOnCompleted(continuation);
        }
        finally
        {
            last?.Execute();
        }
    }
}
