namespace HaNatsBridge.Nats.Bench;

/// <summary>Somebody who takes turns: opened once, so that connections, buffers and pools are as warm in the last turn as in the first that counts.</summary>
/// <param name="turn">One turn of so many messages.</param>
/// <param name="parts">What is closed at the end, in this order.</param>
public sealed class Contender(Func<int, Task<Measurement>> turn, params IAsyncDisposable[] parts) : IAsyncDisposable
{
    public Task<Measurement> TurnAsync(int messages) => turn(messages);

    public async ValueTask DisposeAsync()
    {
        foreach (var part in parts)
        {
            await part.DisposeAsync();
        }
    }
}
