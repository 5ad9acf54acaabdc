using System.Buffers;
using System.Text.Json;

namespace NATS.Client.Core.Internal;

/// <summary>Makes a session: TCP, INFO, TLS, CONNECT, PING, and the PONG that says that the server accepts us. All of it within ConnectTimeout.</summary>
internal sealed class Connector
{
    private readonly NatsOpts _opts;
    private readonly Authenticator _authenticator;

    private readonly Func<Func<(string Host, int Port), ValueTask<(string Host, int Port)>>?> _onConnecting;

    public Connector(NatsOpts opts, Authenticator authenticator, Func<Func<(string Host, int Port), ValueTask<(string Host, int Port)>>?> onConnecting)
    {
        _onConnecting = onConnecting;
        _opts = opts;
        _authenticator = authenticator;
    }

    /// <exception cref="NatsException">Everything that can go wrong, with the cause inside.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<ServerSession> ConnectAsync(NatsUri uri, CancellationToken cancellationToken)
    {
        var address = (uri.Host, uri.Port);
        if (_onConnecting() is { } ask)
        {
            address = await AskAsync(ask, uri, address, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }

        // What was waited for before the attempt is not the server's time.
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_opts.ConnectTimeout);
        try
        {
            return await ConnectCoreAsync(uri, address, timeout.Token);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception) when (timeout.IsCancellationRequested)
        {
            throw new NatsException($"Server {uri} did not accept the connection within {_opts.ConnectTimeout}");
        }
        catch (Exception e) when (e is not NatsException)
        {
            throw new NatsException($"Cannot connect to {uri}: {e.Message}", e);
        }
    }

    private static async ValueTask<(string Host, int Port)> AskAsync(
        Func<(string Host, int Port), ValueTask<(string Host, int Port)>> ask, NatsUri uri, (string Host, int Port) address, CancellationToken cancellationToken)
    {
        try
        {
            // It knows no token, and may be what disposes the connection.
            return await ask(address).AsTask().WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is not NatsException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new NatsException($"Cannot connect to {uri}: OnConnectingAsync failed: {e.Message}", e);
        }
    }

    private async Task<ServerSession> ConnectCoreAsync(NatsUri uri, (string Host, int Port) address, CancellationToken cancellationToken)
    {
        var addresses = await HostAddresses.ResolveAsync(address.Host, !_opts.NoRandomize, cancellationToken);
        var socket = await SocketTransport.ConnectAsync(addresses, address.Port, _opts.ConnectTimeout, cancellationToken);
        var session = new ServerSession(uri, socket, _opts);

        // Receiving knows no cancellation (its value tasks do not allocate for that); closing the socket ends it.
        await using var registration = cancellationToken.UnsafeRegister(static state => ((ServerSession)state!).Transport.Dispose(), session);
        try
        {
            var mode = TlsSettings.EffectiveMode(_opts.TlsOpts, uri);
            var isTls = mode == TlsMode.Implicit;
            if (isTls)
            {
                await UpgradeAsync(session, socket, cancellationToken);
            }

            session.Info = await ReadInfoAsync(session);
            if (!isTls && WantsTls(session, mode))
            {
                if (session.HasUnread)
                {
                    // Bytes injected before the handshake would be taken for the server's.
                    throw new NatsProtocolViolationException($"Server {uri} sent plain text behind an INFO that asks for TLS");
                }

                isTls = true;
                await UpgradeAsync(session, socket, cancellationToken);
            }

            await SendConnectAsync(session, isTls, cancellationToken);
            await AwaitPongAsync(session);
            cancellationToken.ThrowIfCancellationRequested();
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static async Task<ServerInfo> ReadInfoAsync(ServerSession session)
    {
        var op = await session.ReadAsync();
        if (op.Kind == ServerOpKind.Err)
        {
            throw new NatsServerException(session.ParseError(op));
        }

        if (op.Kind != ServerOpKind.Info)
        {
            throw new NatsProtocolViolationException($"Server {session.Uri} did not begin with INFO");
        }

        var info = session.ParseInfo(op);
        session.Done(op);
        return info;
    }

    private static bool WantsTls(ServerSession session, TlsMode mode)
    {
        var offered = session.Info.TlsRequired || session.Info.TlsAvailable;
        if (mode == TlsMode.Require && !offered)
        {
            throw new NatsException($"TLS is required, but server {session.Uri} does not offer it");
        }

        if (mode == TlsMode.Disable && session.Info.TlsRequired)
        {
            throw new NatsException($"Server {session.Uri} requires TLS, but TlsMode is Disable");
        }

        return mode != TlsMode.Disable && offered;
    }

    private async Task UpgradeAsync(ServerSession session, SocketTransport socket, CancellationToken cancellationToken)
    {
        var options = await TlsSettings.CreateAsync(_opts.TlsOpts, session.Uri.Host, cancellationToken);
        session.Transport = await TlsTransport.AuthenticateAsync(socket.Socket, options, cancellationToken);
    }

    private async Task SendConnectAsync(ServerSession session, bool isTls, CancellationToken cancellationToken)
    {
        if (!_opts.Echo && session.Info.ProtocolVersion < 1)
        {
            throw new NatsException($"NatsOpts.Echo is off, but server {session.Uri} sends everything back (its INFO has no proto)");
        }

        // A server closes the connection of a client that wants to hear of no responders where there are no headers to tell it in.
        var headers = _opts.Headers && session.Info.HeadersSupported;
        var connect = new ClientOpts
        {
            Echo = _opts.Echo,
            Verbose = _opts.Verbose,
            TlsRequired = isTls,
            Name = _opts.Name,
            Headers = headers,
            NoResponders = headers,
        };
        await _authenticator.AuthenticateAsync(connect, session.Uri, session.Info.Nonce, cancellationToken);
        using var writer = new NatsBufferWriter<byte>(1024);
        writer.Write("CONNECT "u8);
        using (var json = new Utf8JsonWriter(writer))
        {
            JsonSerializer.Serialize(json, connect, CoreJsonContext.Default.ClientOpts);
        }

        writer.Write("\r\nPING\r\n"u8);
        await session.SendAsync(writer.WrittenMemory);
    }

    private static async Task AwaitPongAsync(ServerSession session)
    {
        while (true)
        {
            var op = await session.ReadAsync();
            switch (op.Kind)
            {
                case ServerOpKind.Pong:
                    session.Done(op);
                    return;
                case ServerOpKind.Err:
                    throw new NatsServerException(session.ParseError(op));
                case ServerOpKind.Info:
                    session.Info = session.ParseInfo(op);
                    break;
                case ServerOpKind.Ping:
                    session.Done(op);
                    await session.SendAsync(CommandEncoder.Pong.ToArray());
                    continue;
                case ServerOpKind.Msg:
                    throw new NatsProtocolViolationException($"Server {session.Uri} sent a message before it accepted the connection");
            }

            session.Done(op);
        }
    }
}
