using System.Diagnostics;

namespace HaNatsBridge.Tests.Support;

/// <summary>Waiting for what happens elsewhere: polls a condition until it holds, and says what did not become true when the deadline has passed.</summary>
public static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? deadline = null) => TrueAsync(() => Task.FromResult(condition()), what, deadline);

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
}
