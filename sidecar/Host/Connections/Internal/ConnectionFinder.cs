using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>
/// Asks the servers for the connection of one device: a few questions with narrow filters, whatever the size of the home.
/// </summary>
internal sealed class ConnectionFinder(IHomeStorage storage, ServerRequests requests, DeviceCredentials credentials)
{
    /// <summary>
    /// How many tokens of a reply subject a subscription must name: the inbox prefix and the client's own name.
    /// </summary>
    private const int InboxTokens = 2;

    /// <summary>The connection of a device that announces itself.</summary>
    /// <param name="id">The device.</param>
    /// <param name="reply">Its reply subject; null: whether it is behind a leaf node is not asked.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    /// <exception cref="NATS.Client.Core.NatsException">The servers cannot be asked.</exception>
    public async Task<ConnectionLookup> FindAsync(DeviceId id, string? reply, CancellationToken cancellationToken)
    {
        var set = storage.Subjects.SetOf(id);
        foreach (var login in credentials.Read()(id))
        {
            if (ConnectionMatch.OfLogin(login, set, await requests.ConnectionsAsync(null, login, cancellationToken)) is { } mine)
            {
                return new ConnectionLookup(mine.Id, true);
            }
        }

        var holder = ConnectionMatch.HolderOfSet(await requests.ConnectionsAsync(set, null, cancellationToken), set);
        if (holder is { IsClient: true })
        {
            return new ConnectionLookup(holder.Id, true);
        }

        var name = id.ToString();
        if (ConnectionMatch.OfLogin(name, set, await requests.ConnectionsAsync(null, name, cancellationToken)) is { } named)
        {
            return new ConnectionLookup(named.Id, true);
        }

        if (holder is null && reply is not null)
        {
            // The server where the device is passes its inbox on, as it does with every subscription behind a leaf node.
            holder = ConnectionMatch.Holder(await requests.ConnectionsAsync(reply, null, cancellationToken), reply, InboxTokens);
        }

        return new ConnectionLookup(null, holder is not { IsClient: false });
    }

    /// <summary>The connections of several devices among all.</summary>
    /// <exception cref="NATS.Client.Core.NatsException">The credentials cannot be read.</exception>
    public IEnumerable<(DeviceId Id, ClientConnection Connection)> Match(
        IReadOnlyCollection<DeviceId> devices, IReadOnlyCollection<ClientConnection> connections)
    {
        if (devices.Count == 0)
        {
            yield break;
        }

        var logins = credentials.Read();
        foreach (var id in devices)
        {
            if (ConnectionMatch.Of(logins(id), id.ToString(), storage.Subjects.SetOf(id), connections) is { } found)
            {
                yield return (id, found);
            }
        }
    }
}
