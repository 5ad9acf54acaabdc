using System.Collections.Concurrent;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>Starts the servers of a topology when the first rule asks for them, and stops all when the last rule has run.</summary>
[SetUpFixture]
public sealed class Sites
{
    private static readonly ConcurrentDictionary<Topology, Lazy<Task<Site>>> Started = new();

    /// <summary>Servers that could not be started are the failure of one fixture: the next one tries again.</summary>
    internal static async Task<Site> GetAsync(Topology topology)
    {
        var starting = Started.GetOrAdd(topology, static x => new Lazy<Task<Site>>(() => Site.StartAsync(x)));
        try
        {
            return await starting.Value;
        }
        catch
        {
            Started.TryRemove(KeyValuePair.Create(topology, starting));
            throw;
        }
    }

    [OneTimeTearDown]
    public async Task StopAll()
    {
        foreach (var site in Started.Values)
        {
            await (await site.Value).DisposeAsync();
        }

        Started.Clear();
    }
}
