using HaNatsBridge.Host.HomeAssistant.Internal.Frames;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>One connection after its Hello.</summary>
/// <param name="name">What the client calls itself, for logs and diagnostics.</param>
/// <param name="version">Its version.</param>
/// <param name="instance">Random per start of the client; names its reports.</param>
/// <param name="abort">Cuts the connection.</param>
internal sealed class ClientSession(string name, string version, string instance, Action abort)
{
    private ClientFeed? _feed;
    private int _subscriptions;

    public string Name { get; } = name;

    public string Version { get; } = version;

    public string Instance { get; } = instance;

    /// <summary>The running Listen; null when there is none.</summary>
    public ClientFeed? Feed => Volatile.Read(ref _feed);

    /// <summary>A second Listen ends the first.</summary>
    public ClientFeed Listen(ClientFeed feed)
    {
        Interlocked.Exchange(ref _feed, feed)?.Close(HubErrors.Replaced);
        return feed;
    }

    /// <summary>Counts one more Subscribe; false: there are as many as may be.</summary>
    public bool TryAddSubscription(int limit)
    {
        if (Interlocked.Increment(ref _subscriptions) <= limit)
        {
            return true;
        }

        RemoveSubscription();
        return false;
    }

    /// <summary>A Subscribe has ended.</summary>
    public void RemoveSubscription() => Interlocked.Decrement(ref _subscriptions);

    public void Abort() => abort();
}
