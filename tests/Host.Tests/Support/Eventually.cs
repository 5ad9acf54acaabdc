using System.Diagnostics;

namespace HaNatsBridge.Host.Tests.Support;

/// <summary>Waits for a condition, with a deadline.</summary>
public static class Eventually
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    public static Task IsTrue(Func<bool> condition, string what, TimeSpan? patience = null) =>
        IsTrueAsync(() => ValueTask.FromResult(condition()), what, patience);

    public static async Task IsTrueAsync(Func<ValueTask<bool>> condition, string what, TimeSpan? patience = null)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > (patience ?? Usual))
            {
                throw new TimeoutException($"not within {(patience ?? Usual).TotalSeconds} s: {what}");
            }

            await Task.Delay(Poll);
        }
    }
}
