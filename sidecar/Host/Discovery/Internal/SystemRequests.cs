using System.Text.Json;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Discovery.Internal;

/// <summary>
/// Asks the server about connections, through the system account. One server is asked: the one that the sidecar itself is on; in a cluster, devices on other servers are found by their leases alone.
/// </summary>
internal sealed class SystemRequests(IHomeLink link)
{
    private const int PageSize = 256;
    private const int MaxConnections = 65_536;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>The home account's name, as the server knows this sidecar's own connection; null when it does not say.</summary>
    public async Task<string?> FindAccountAsync(CancellationToken cancellationToken)
    {
        if (link.Home.ServerInfo is not { } server)
        {
            return null;
        }

        var answer = await AskAsync($"$SYS.REQ.SERVER.{server.Id}.CONNZ", new Question(null, null, server.ClientId, 0), cancellationToken);
        ConnzReader.Read(answer, out _, out var account);
        return account;
    }

    /// <summary>The account's connections, but for the sidecar's own.</summary>
    /// <param name="account">The account.</param>
    /// <param name="subject">Only those with a subscription that matches it; null: all.</param>
    /// <param name="user">Only those of this login; null: all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<ClientConnection>> ConnectionsAsync(string account, string? subject, string? user, CancellationToken cancellationToken)
    {
        var all = new List<ClientConnection>();
        var own = link.Home.ServerInfo is { } server ? new ConnectionId(server.Id, server.ClientId) : default;
        for (var offset = 0; offset < MaxConnections; offset += PageSize)
        {
            var answer = await AskAsync($"$SYS.REQ.ACCOUNT.{account}.CONNZ", new Question(subject, user, null, offset), cancellationToken);
            var page = ConnzReader.Read(answer, out _, out _) ?? throw new NatsException("The server's CONNZ answer cannot be read");
            all.AddRange(page.Where(connection => connection.Id != own));
            if (page.Count < PageSize)
            {
                break;
            }
        }

        return all;
    }

    private async Task<byte[]> AskAsync(string subject, Question question, CancellationToken cancellationToken)
    {
        using var request = new MemoryStream();
        using (var json = new Utf8JsonWriter(request))
        {
            json.WriteStartObject();
            json.WriteBoolean("auth", true);
            json.WriteBoolean("subscriptions", question.Client is null);
            json.WriteNumber("limit", PageSize);
            json.WriteNumber("offset", question.Offset);
            if (question.Subject is { } filter)
            {
                json.WriteString("filter_subject", filter);
            }

            if (question.User is { } user)
            {
                json.WriteString("user", user);
            }

            if (question.Client is { } id)
            {
                json.WriteNumber("cid", id);
            }

            json.WriteEndObject();
        }

        var system = link.System ?? throw new NatsException("There is no connection to the system account");
        var answer = await system.RequestAsync<byte[], byte[]>(
            subject, request.ToArray(), requestSerializer: NatsRawSerializer<byte[]>.Default, replySerializer: NatsRawSerializer<byte[]>.Default,
            replyOpts: new NatsSubOpts { Timeout = Timeout, ThrowIfNoResponders = true }, cancellationToken: cancellationToken);
        return answer.Data ?? [];
    }

    private readonly record struct Question(string? Subject, string? User, ulong? Client, int Offset);
}
