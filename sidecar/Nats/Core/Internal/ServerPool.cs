namespace NATS.Client.Core.Internal;

/// <summary>
/// The servers to try: those configured, and those that the cluster told of (INFO connect_urls), which go when the cluster names others. A round goes over all of them;
/// the one that was lost last, and those in lame duck mode, come last.
/// </summary>
internal sealed class ServerPool
{
    /// <summary>A cluster is a handful of servers; a hostile server could name a million.</summary>
    private const int MaxDiscovered = 256;

    private readonly Lock _gate = new();
    private readonly NatsUri[] _configured;
    private readonly string _scheme;
    private readonly bool _randomize;
    private readonly HashSet<NatsUri> _lameDucks = [];
    private List<NatsUri> _discovered = [];

    public ServerPool(string url, bool noRandomize)
    {
        _configured = [.. url.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static x => new NatsUri(x)).Distinct()];
        if (_configured.Length == 0)
        {
            throw new ArgumentException("NatsOpts.Url names no server", nameof(url));
        }

        _randomize = !noRandomize;
        _scheme = _configured[0].IsTls ? "tls" : "nats";
    }

    /// <summary>Escaped user information of the first URL that was given, empty when none.</summary>
    public string UserInfo => _configured[0].UserInfo;

    /// <summary>All servers once, in the order in which to try them.</summary>
    public NatsUri[] NextRound(NatsUri? lost)
    {
        lock (_gate)
        {
            var round = _configured.Union(_discovered).ToArray();
            if (_randomize)
            {
                Random.Shared.Shuffle(round);
            }

            return [.. round.OrderBy(uri => _lameDucks.Contains(uri) ? 2 : uri.Equals(lost) ? 1 : 0)];
        }
    }

    /// <summary>Takes what an INFO says of the cluster; URLs that cannot be read are skipped.</summary>
    public void Update(NatsUri current, ServerInfo info)
    {
        var discovered = new List<NatsUri>();
        foreach (var url in info.ClientConnectUrls ?? [])
        {
            if (discovered.Count < MaxDiscovered && TryRead(url) is { } uri)
            {
                discovered.Add(uri);
            }
        }

        lock (_gate)
        {
            // A server that tells of nobody (it may not advertise) does not say that nobody is there.
            _discovered = discovered.Count > 0 ? discovered : _discovered;
            if (info.LameDuckMode)
            {
                _lameDucks.Add(current);
            }
            else
            {
                _lameDucks.Remove(current);
            }
        }
    }

    private NatsUri? TryRead(string url)
    {
        try
        {
            return new NatsUri(url, _scheme);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
