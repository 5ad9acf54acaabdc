using System.Buffers;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

/// <summary>The read loop: one task a connection, which dispatches messages and answers the server.</summary>
public partial class NatsConnection
{
    /// <summary>After so many messages of a burst their readers are woken, although more have arrived: a power of two.</summary>
    private const int MessagesThatWaitForTheRest = 1024;

    private async Task<Exception> ReadUntilLostAsync(ServerSession session)
    {
        try
        {
            while (true)
            {
                var received = 0;
                while (session.TryRead(out var op))
                {
                    if (op.Kind == ServerOpKind.Msg)
                    {
                        var dispatched = Dispatch(session, op);
                        if (!dispatched.IsCompletedSuccessfully)
                        {
                            // A full subscription stops the reading: everyone else must have been woken before.
                            Wakes.WakeElsewhere();
                            await dispatched;
                        }

                        if ((++received & (MessagesThatWaitForTheRest - 1)) == 0)
                        {
                            Wakes.WakeElsewhere();
                        }
                    }
                    else
                    {
                        OnControl(session, op);
                    }

                    session.Done(op);
                }

                if (received > 0)
                {
                    Telemetry.Count(Telemetry.ReceivedMessages, received);
                }

                session.Filled(await new ReceiveAwaiter(session.ReceiveAsync(), Wakes));
            }
        }
        catch (Exception e)
        {
            Wakes.WakeElsewhere();
            return session.ReasonOf(e);
        }
    }

    private ValueTask Dispatch(ServerSession session, in ServerOp op)
    {
        if (!_subscriptions.TryGet(op.Sid, out var sub) || sub is null)
        {
            // Ended, and the server had not heard of it yet.
            return ValueTask.CompletedTask;
        }

        var subject = session.Span(op.SubjectStart, op.SubjectLength);
        var replyTo = op.ReplyLength == 0 ? null : Opts.SubjectEncoding.GetString(session.Span(op.ReplyStart, op.ReplyLength));
        ReadOnlySequence<byte>? headers = null;
        var payloadStart = op.BodyStart;
        if (op.HeaderLength >= 0)
        {
            headers = session.Sequence(op.BodyStart, op.HeaderLength);
            payloadStart += op.HeaderLength;
        }

        var payload = session.Sequence(payloadStart, op.BodyStart + op.BodyLength - payloadStart);
        if (sub is ReplyInbox replies)
        {
            replies.TryReceive(subject, replyTo, headers, payload);
            return ValueTask.CompletedTask;
        }

        return sub.ReceiveAsync(_subjects.Get(subject, sub.Subject), replyTo, headers, payload);
    }

    private void OnControl(ServerSession session, in ServerOp op)
    {
        switch (op.Kind)
        {
            case ServerOpKind.Ping:
                _outbound.WritePong();
                break;
            case ServerOpKind.Pong:
                // One that nobody asked for harms nobody.
                _outbound.OnPong();
                break;
            case ServerOpKind.Info:
                OnInfo(session, session.ParseInfo(op));
                break;
            case ServerOpKind.Err:
                OnServerError(session, session.ParseError(op));
                break;
        }
    }

    /// <summary>The cluster changed, or the server is about to go (ADR: "INFO" may come at any time with protocol 1).</summary>
    private void OnInfo(ServerSession session, ServerInfo info)
    {
        session.Info = info;
        _serverInfo = info;
        _servers.Update(session.Uri, info);
        if (info.LameDuckMode && !session.IsLameDuck)
        {
            // Once: it does not become another one.
            session.IsLameDuck = true;
            Log.LameDuck(_logger, session.Uri.ToString());
            _events.Raise(nameof(LameDuckModeActivated), LameDuckModeActivated, this, new NatsLameDuckModeActivatedEventArgs(session.Uri.Uri));
        }
    }

    /// <summary>What concerns one subscription or publish leaves the connection alone; after every other -ERR the server closes it.</summary>
    private void OnServerError(ServerSession session, string error)
    {
        Log.ServerError(_logger, error);
        _events.RaiseLossy(nameof(ServerError), ServerError, this, new NatsServerErrorEventArgs(error));
        if (ServerErrors.EndsConnection(error))
        {
            session.LastError = new NatsServerException(error);
        }
        else if (ServerErrors.ParseDeniedSubscription(error) is { } denied)
        {
            _subscriptions.FailDenied(denied, new NatsServerException(error));
        }
        else
        {
            _replies?.FailDenied(error);
        }
    }
}
