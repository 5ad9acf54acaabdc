using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

/// <summary>Coming back after a loss.</summary>
public partial class NatsConnection
{
    /// <summary>Null when the connection is given up or disposed; everybody who waits has been told.</summary>
    /// <param name="lost">Whose connection ended.</param>
    /// <param name="shortLives">
    /// How many connections in a row have ended before <see cref="NatsOpts.ReconnectWaitMin"/>. One may; from the second on there is a wait, as after a failed round: a server that
    /// accepts and closes at once must not be asked a thousand times a second.
    /// </param>
    private async Task<ServerSession?> ReconnectOrFailAsync(NatsUri lost, int shortLives)
    {
        try
        {
            if (shortLives > 1)
            {
                await WaitAsync(shortLives - 1);
            }

            return await ConnectWithBackoffAsync(lost);
        }
        catch (OperationCanceledException e)
        {
            EndOpening(e, NatsConnectionState.Closed);
            return null;
        }
        catch (NatsException e)
        {
            Log.GivenUp(_logger, e.Message);
            GiveUp(e);
            return null;
        }
    }

    /// <summary>For good: everybody who waits, and whoever comes, is told.</summary>
    private void GiveUp(Exception e)
    {
        Volatile.Write(ref _failure, e);
        EndOpening(new NatsConnectionFailedException($"The connection is given up: {e.Message}", e), NatsConnectionState.Failed);
        foreach (var sub in _subscriptions.All)
        {
            sub.FailSubscription(new NatsConnectionFailedException($"The connection is given up: {e.Message}", e));
        }
    }

    /// <summary>
    /// Rounds over the whole pool, without a pause within a round (another server of the cluster is there at once), with a growing one between rounds.
    /// </summary>
    /// <exception cref="NatsException">Retries are used up, or a server refused the credentials twice.</exception>
    private async Task<ServerSession> ConnectWithBackoffAsync(NatsUri? lost)
    {
        var authErrors = new Dictionary<NatsUri, string>();
        var attempt = 0;
        for (var round = 1; ; round++)
        {
            foreach (var uri in _servers.NextRound(lost))
            {
                try
                {
                    return await _connector.ConnectAsync(uri, _disposing.Token);
                }
                catch (NatsException e)
                {
                    OnAttemptFailed(++attempt, uri, e, authErrors);
                    if (Opts.MaxReconnectRetry >= 0 && attempt > Opts.MaxReconnectRetry)
                    {
                        throw new NatsException($"Max connect retry exceeded ({Opts.MaxReconnectRetry}): {e.Message}", e);
                    }
                }
            }

            await WaitAsync(round);
        }
    }

    private async Task WaitAsync(int round)
    {
        var delay = Backoff.Delay(Opts, round, Random.Shared.NextDouble());
        Log.Waiting(_logger, round, delay);
        await Task.Delay(delay, _disposing.Token);
    }

    private void OnAttemptFailed(int attempt, NatsUri uri, NatsException e, Dictionary<NatsUri, string> authErrors)
    {
        Log.AttemptFailed(_logger, attempt, uri.ToString(), e.Message);
        _events.Raise(nameof(ReconnectFailed), ReconnectFailed, this, new NatsEventArgs(uri.ToString()));
        if (e is not NatsServerException { IsAuthError: true } denied || Opts.IgnoreAuthErrorAbort)
        {
            return;
        }

        if (authErrors.TryGetValue(uri, out var before) && before == denied.Error)
        {
            throw new NatsException($"Server {uri} refused the credentials twice: {denied.Error}", denied);
        }

        authErrors[uri] = denied.Error;
    }
}
