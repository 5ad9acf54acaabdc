using System.Text.Json;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Fleet.Internal;

/// <summary>
/// Has the server load its users and waits until it has: a signal has no answer; only the time of its last loading, which it
/// reports to the system account, shows that it has. So a revocation is either in force or an error.
/// </summary>
internal sealed class ServerReload(IEmbeddedServer server, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Reloads; at once when no server runs, which reads them when it starts.</summary>
    /// <exception cref="FleetException">The server did not take them in time.</exception>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        if (!server.IsRunning)
        {
            await server.ReloadUsersAsync(cancellationToken);
            return;
        }

        var access = server.Access;
        var (user, password) = access.System;
        await using var connection = new NatsConnection(
            NatsClientOptions.ShortLived(
                access.Url, new NatsAuthOpts { Username = user, Password = password }, NatsClientOptions.TlsOf(access),
                "hanatsbridge reload check"));

        // Twice: the first time may be that of a loading that was under way, with the users of before; the one after that has
        // begun later.
        if (await LoadAsync(connection, cancellationToken))
        {
            await LoadAsync(connection, cancellationToken);
        }
    }

    /// <summary>Signals, and waits for the end of a loading; false when no server runs any more.</summary>
    private async Task<bool> LoadAsync(NatsConnection connection, CancellationToken cancellationToken)
    {
        var before = await LoadedAtAsync(connection, cancellationToken);
        if (!await server.ReloadUsersAsync(cancellationToken))
        {
            return false;
        }

        var began = time.GetTimestamp();
        while (await LoadedAtAsync(connection, cancellationToken) is var now && (now is null || now == before))
        {
            if (time.GetElapsedTime(began) > Patience)
            {
                throw new FleetException(
                    "The change is stored, but the running server does not accept it: a revoked credential may still be valid. "
                    + "See the server's log in the data folder, and run the command again.");
            }

            await Task.Delay(Poll, time, cancellationToken);
        }

        return true;
    }

    private static async Task<string?> LoadedAtAsync(NatsConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await connection.RequestAsync<byte[], byte[]>(
                "$SYS.REQ.SERVER.PING.VARZ", [], requestSerializer: NatsRawSerializer<byte[]>.Default,
                replySerializer: NatsRawSerializer<byte[]>.Default,
                replyOpts: new NatsSubOpts { Timeout = Answer }, cancellationToken: cancellationToken);
            using var document = JsonDocument.Parse(answer.Data ?? []);
            return document.RootElement.TryGetProperty("data", out var data)
                && data.TryGetProperty("config_load_time", out var loaded)
                    ? loaded.GetString()
                    : null;
        }
        catch (Exception exception) when (exception is NatsException or JsonException)
        {
            return null;
        }
    }
}
