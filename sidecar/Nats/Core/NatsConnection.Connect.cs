using System.Diagnostics;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

/// <summary>The first connect.</summary>
public partial class NatsConnection
{
    public async ValueTask ConnectAsync()
    {
        if (ConnectionState == NatsConnectionState.Open)
        {
            return;
        }

        TaskCompletionSource opening;
        lock (_gate)
        {
            ThrowIfDisposed();
            ThrowIfFailed();
            if (ConnectionState == NatsConnectionState.Open)
            {
                return;
            }

            if (_opening is null)
            {
                _opening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            opening = _opening;
            if (ConnectionState == NatsConnectionState.Closed)
            {
                // Before the state tells: who reads there that a connection is coming must find that a publish waits for it.
                _outbound.Reopen();
                ConnectionState = NatsConnectionState.Connecting;
                _life = LiveAsync();
            }
        }

        await opening.Task;
    }

    /// <summary>Drops the connection, and waits for the one that the life loop makes.</summary>
    public async ValueTask ReconnectAsync()
    {
        ServerSession? dropped = null;
        lock (_gate)
        {
            ThrowIfDisposed();
            if (ConnectionState == NatsConnectionState.Open)
            {
                // Now, not when the loss is noticed: nobody may take the old connection for the new one.
                dropped = _session;
                _outbound.Detach(AskedFor());
                ConnectionState = NatsConnectionState.Reconnecting;
                _opening ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        dropped?.Abort(AskedFor());
        await ConnectAsync();

        static NatsException AskedFor() => new("A reconnect was asked for");
    }

    /// <summary>From the first connect to the end: connect, read until it breaks, connect again.</summary>
    private async Task LiveAsync()
    {
        // Off the lock and off the caller's thread.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await ConnectAndReadAsync();
        }
        catch (Exception e)
        {
            // Not foreseen (a logger that throws, say), and the end: then whoever waits is to be told so.
            _outbound.Detach(e);
            _session?.Abort(e);
            GiveUp(e);
        }
    }

    private async Task ConnectAndReadAsync()
    {
        ServerSession? session;
        try
        {
            session = Opts.RetryOnInitialConnect
                ? await ConnectWithBackoffAsync(lost: null)
                : await ConnectOnceAsync();
        }
        catch (Exception e)
        {
            EndOpening(e, NatsConnectionState.Closed);
            return;
        }

        var shortLives = 0;
        while (session is not null)
        {
            var opened = Stopwatch.GetTimestamp();
            Open(session);
            var reason = await ReadUntilLostAsync(session);
            await OnLostAsync(session, reason);
            if (_disposing.IsCancellationRequested)
            {
                EndOpening(new ObjectDisposedException(nameof(NatsConnection)), NatsConnectionState.Closed);
                return;
            }

            shortLives = Stopwatch.GetElapsedTime(opened) < Opts.ReconnectWaitMin ? shortLives + 1 : 0;
            session = await ReconnectOrFailAsync(session.Uri, shortLives);
        }
    }

    /// <summary>One round over all servers.</summary>
    private async Task<ServerSession> ConnectOnceAsync()
    {
        List<Exception> errors = [];
        foreach (var uri in _servers.NextRound(lost: null))
        {
            try
            {
                return await _connector.ConnectAsync(uri, _disposing.Token);
            }
            catch (NatsException e)
            {
                Log.AttemptFailed(_logger, errors.Count + 1, uri.ToString(), e.Message);
                errors.Add(e);
            }
        }

        throw new NatsException(
            $"can not connect uris: {string.Join(",", _servers.NextRound(lost: null).Select(static x => x.ToString()))}: {errors[^1].Message}",
            errors.Count == 1 ? errors[0] : new AggregateException(errors));
    }

    private void Open(ServerSession session)
    {
        _session = session;
        _serverInfo = session.Info;
        _servers.Update(session.Uri, session.Info);
        lock (_gate)
        {
            _outbound.Attach(session.Transport, _subscriptions.WriteAll, _replies);
            ConnectionState = NatsConnectionState.Open;
            _opening?.TrySetResult();
            _opening = null;
        }

        Log.Connected(_logger, session.Uri.ToString(), session.Info.Version, session.Info.ClientId);
        _pingTimer.Change(Opts.PingInterval, Opts.PingInterval);
        Opened?.Invoke();
        _events.Raise(nameof(ConnectionOpened), ConnectionOpened, this, new NatsEventArgs(session.Uri.ToString()));
        if (_disposing.IsCancellationRequested)
        {
            session.Abort(new NatsException("The connection was disposed"));
        }
    }

    private async ValueTask OnLostAsync(ServerSession session, Exception reason)
    {
        _pingTimer.Change(Timeout.Infinite, Timeout.Infinite);
        lock (_gate)
        {
            // Before the state tells: who reads there that the connection is lost must find that a publish waits for the next one.
            _outbound.Detach(reason);
            _opening ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ConnectionState = _disposing.IsCancellationRequested ? NatsConnectionState.Closed : NatsConnectionState.Reconnecting;
        }

        session.Transport.Dispose();
        await _outbound.WhenIdleAsync();
        _session = null;
        session.Dispose();
        if (!_disposing.IsCancellationRequested)
        {
            Log.Disconnected(_logger, session.Uri.ToString(), reason.Message);
        }

        _events.Raise(nameof(ConnectionDisconnected), ConnectionDisconnected, this, new NatsEventArgs(reason.Message));
    }

    private void ThrowIfFailed()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            throw new NatsConnectionFailedException("The connection is in failed state", failure);
        }
    }

    private void EndOpening(Exception reason, NatsConnectionState state)
    {
        // Only the dispose cancels, and those who wait did not ask for it.
        reason = reason is OperationCanceledException ? new ObjectDisposedException(nameof(NatsConnection)) : reason;
        lock (_gate)
        {
            ConnectionState = state;
            var opening = _opening;
            _opening = null;
            _outbound.Close(reason);
            if (opening is not null && opening.TrySetException(reason))
            {
                // Nobody may be waiting.
                _ = opening.Task.Exception;
            }
        }
    }

    private void OnSendFailed(ITransport transport, Exception e)
    {
        if (_session is { } session && ReferenceEquals(session.Transport, transport))
        {
            session.Abort(new NatsException($"Sending to {session.Uri} failed: {e.Message}", e));
        }
    }

    private void KeepAlive()
    {
        if (_session is not { } session || ConnectionState != NatsConnectionState.Open)
        {
            return;
        }

        if (_outbound.KeepAlivesOut >= Opts.MaxPingOut)
        {
            session.Abort(new NatsException($"Stale connection: server {session.Uri} did not answer {Opts.MaxPingOut} pings"));
            return;
        }

        _outbound.WritePing(new PingWaiter { IsKeepAlive = true });
    }
}
