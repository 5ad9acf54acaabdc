using HaNatsBridge.Host.HomeAssistant.Internal.Frames;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>One connection after its Hello.</summary>
/// <param name="name">What the client calls itself, for logs and diagnostics.</param>
/// <param name="version">Its version.</param>
/// <param name="instance">Random per start of the client; names its reports.</param>
/// <param name="capabilities">The requests that it answers.</param>
/// <param name="abort">Cuts the connection.</param>
internal sealed class ClientSession(
    string name, string version, string instance, IReadOnlyCollection<string> capabilities, Action abort)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ClientFeed? _feed;
    private int _subscriptions;

    public string Name { get; } = name;

    public string Version { get; } = version;

    public string Instance { get; } = instance;

    /// <summary>Smaller for who came earlier.</summary>
    public long Number { get; set; }

    /// <summary>Completes when the connection has ended, or begun anew with a further Hello.</summary>
    public Task Ended => _ended.Task;

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

    /// <summary>Whether it listens, and answers such requests.</summary>
    public bool Offers(string capability) => IsListening && capabilities.Contains(capability);

    /// <summary>Whether it can be asked.</summary>
    public bool IsListening => Feed is { IsFinished: false, IsClosing: false };

    /// <summary>No answer of it comes any more.</summary>
    public void End() => _ended.TrySetResult();

    public void Abort() => abort();
}
