using System.Runtime.CompilerServices;
using System.Text.Json;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>
/// Asks the servers about connections, through the system account: all of them, since in a cluster a device may be on another one
/// than the sidecar. A question goes to every server (<c>$SYS.REQ.SERVER.PING.CONNZ</c>), and answers are gathered until every
/// known server has answered, or for as long as <see cref="Patience"/>: a server that hangs or has just been killed blocks
/// nothing. Which servers there are is asked now and then (<c>$SYS.REQ.SERVER.PING</c>).
/// </summary>
internal sealed class ServerRequests(IHomeLink link, ConnectionTimings timings, TimeProvider time)
{
    private const int PageSize = 256;
    private const int MaxConnections = 65_536;

    /// <summary>How long servers that are known, but silent, are waited for after the last answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private volatile HashSet<string> _servers = new(StringComparer.Ordinal);
    private volatile string? _account;
    private long _askedAt;

    /// <summary>Whether it is time to look again which servers there are. A single one cannot be gone unnoticed.</summary>
    public bool IsDue => _servers.Count > 1 && time.GetElapsedTime(Volatile.Read(ref _askedAt)) > timings.ServerCheck;

    /// <summary>Asks anew which account and which servers these are: the connection is a new one.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        _account = await FindAccountAsync(cancellationToken);
        await FindServersAsync(cancellationToken);
    }

    /// <summary>Asks which servers there are, and remembers it for a while.</summary>
    /// <returns>Whether one is missing that was there before: its connections ended without an event.</returns>
    public async Task<bool> FindServersAsync(CancellationToken cancellationToken)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var answer in GatherAsync("$SYS.REQ.SERVER.PING", [], cancellationToken))
        {
            if (ConnzReader.ServerOf(answer) is { } id)
            {
                found.Add(id);
            }
        }

        var isOneGone = !_servers.IsSubsetOf(found);
        _servers = found;
        Volatile.Write(ref _askedAt, time.GetTimestamp());
        return isOneGone;
    }

    /// <summary>The account's connections on all servers, but for the sidecar's own.</summary>
    /// <param name="subject">Only those with a subscription that matches it; null: all.</param>
    /// <param name="user">Only those of this user; null: all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NatsException">No server answered, or the connection is away.</exception>
    public async Task<IReadOnlyList<ClientConnection>> ConnectionsAsync(
        string? subject, string? user, CancellationToken cancellationToken)
    {
        var account = _account ??= await FindAccountAsync(cancellationToken);
        if (_servers.Count == 0)
        {
            await FindServersAsync(cancellationToken);
        }

        var all = new Dictionary<ConnectionId, ClientConnection>();
        var waiting = new HashSet<string>(_servers, StringComparer.Ordinal);
        for (var offset = 0; offset < MaxConnections && (offset == 0 || waiting.Count > 0); offset += PageSize)
        {
            waiting = await PageAsync(new Question(account, subject, user, null, offset), waiting, all, cancellationToken);
        }

        if (link.Home.ServerInfo is { } server)
        {
            all.Remove(new ConnectionId(server.Id, server.ClientId));
        }

        return [.. all.Values];
    }

    /// <summary>The home account's name, as the server knows this sidecar's own connection.</summary>
    private async Task<string> FindAccountAsync(CancellationToken cancellationToken)
    {
        string? account = null;
        if (link.Home.ServerInfo is { } server)
        {
            var answer = await Connection.RequestAsync<byte[], byte[]>(
                $"$SYS.REQ.SERVER.{server.Id}.CONNZ", new Question(null, null, null, server.ClientId, 0).ToUtf8(),
                requestSerializer: NatsRawSerializer<byte[]>.Default, replySerializer: NatsRawSerializer<byte[]>.Default,
                replyOpts: new NatsSubOpts { Timeout = timings.ServerAnswer, ThrowIfNoResponders = true },
                cancellationToken: cancellationToken);
            ConnzReader.Read(answer.Data, out account);
        }

        return account ?? throw new NatsException("The server does not say which account this sidecar is in");
    }

    /// <summary>Asks all servers for one page; those that have more are returned.</summary>
    private async Task<HashSet<string>> PageAsync(
        Question question, HashSet<string> expected, Dictionary<ConnectionId, ClientConnection> all,
        CancellationToken cancellationToken)
    {
        var waiting = new HashSet<string>(expected, StringComparer.Ordinal);
        var more = new HashSet<string>(StringComparer.Ordinal);
        var answers = 0;
        await foreach (var answer in GatherAsync("$SYS.REQ.SERVER.PING.CONNZ", question.ToUtf8(), cancellationToken))
        {
            if (ConnzReader.ServerOf(answer) is not { } server || ConnzReader.Read(answer, out _) is not { } page)
            {
                throw new NatsException("The server's CONNZ answer cannot be read");
            }

            answers++;
            foreach (var connection in page)
            {
                all[connection.Id] = connection;
            }

            if (page.Count >= PageSize)
            {
                more.Add(server);
            }

            // The answer of a server that is not known yet counts, but is not waited for.
            if (waiting.Remove(server) && waiting.Count == 0)
            {
                break;
            }
        }

        return answers > 0 ? more : throw new NatsException("No server answered the question about connections");
    }

    private async IAsyncEnumerable<byte[]> GatherAsync(
        string subject, byte[] question, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var gathering = new NatsSubOpts
        {
            StartUpTimeout = timings.ServerAnswer,
            IdleTimeout = Patience,
            Timeout = timings.ServerAnswer + Patience,
            ThrowIfNoResponders = true,
        };
        await foreach (var answer in Connection.RequestManyAsync(
            subject, question, requestSerializer: NatsRawSerializer<byte[]>.Default,
            replySerializer: NatsRawSerializer<byte[]>.Default, replyOpts: gathering, cancellationToken: cancellationToken))
        {
            yield return answer.Data ?? [];
        }
    }

    private INatsConnection Connection => link.System ?? throw new NatsException("There is no connection to the system account");

    private readonly record struct Question(string? Account, string? Subject, string? User, ulong? Client, int Offset)
    {
        public byte[] ToUtf8()
        {
            using var request = new MemoryStream();
            using (var json = new Utf8JsonWriter(request))
            {
                json.WriteStartObject();
                json.WriteBoolean("auth", true);
                json.WriteBoolean("subscriptions", Client is null);
                json.WriteNumber("limit", PageSize);
                json.WriteNumber("offset", Offset);
                Write(json, "acc", Account);
                Write(json, "filter_subject", Subject);
                Write(json, "user", User);
                if (Client is { } id)
                {
                    json.WriteNumber("cid", id);
                }

                json.WriteEndObject();
            }

            return request.ToArray();
        }

        private static void Write(Utf8JsonWriter json, string name, string? value)
        {
            if (value is not null)
            {
                json.WriteString(name, value);
            }
        }
    }
}
