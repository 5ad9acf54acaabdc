using System.Diagnostics;

namespace HaNatsBridge.Tests.Support;

/// <summary>Polls a condition until it holds. After the deadline it fails and names what did not become true.</summary>
public static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? deadline = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, deadline);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? deadline = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > (deadline ?? Deadline))
            {
                throw new TimeoutException($"Not within {deadline ?? Deadline}: {what}");
            }

            await Task.Delay(10);
        }
    }

    /// <summary>Asks until there is an answer instead of a <typeparamref name="TError"/>.</summary>
    public static async Task<T> AnswerAsync<T, TError>(Func<ValueTask<T>> ask, string what, TimeSpan? deadline = null)
        where TError : Exception
    {
        ArgumentNullException.ThrowIfNull(ask);
        var answer = default(T);
        await TrueAsync(
            async () =>
            {
                try
                {
                    answer = await ask();
                    return true;
                }
                catch (TError)
                {
                    return false;
                }
            },
            what,
            deadline);
        return answer!;
    }
}
