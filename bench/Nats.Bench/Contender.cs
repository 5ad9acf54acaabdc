namespace HaNatsBridge.Nats.Bench;

/// <summary>Somebody who takes turns: opened once, so that connections, buffers and pools are as warm in the last turn as in the first that counts.</summary>
/// <param name="turn">One turn of so many messages.</param>
/// <param name="parts">What is closed at the end, in this order.</param>
public sealed class Contender(Func<int, Task<Measurement>> turn, params IAsyncDisposable[] parts) : IAsyncDisposable
{
    /// <summary>A turn takes a fraction of a second: one that lasts so long waits for what will not come.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <exception cref="TimeoutException">Not ended in a minute.</exception>
    public async Task<Measurement> TurnAsync(int messages)
    {
        try
        {
            return await turn(messages).WaitAsync(Limit);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"A turn of {messages} messages has not ended in {Limit}: the server may have cut a connection off that reads too slowly", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in parts)
        {
            await part.DisposeAsync();
        }
    }
}
