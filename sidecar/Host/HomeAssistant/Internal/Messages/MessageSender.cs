using System.Collections.Immutable;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using Microsoft.Extensions.Primitives;
using NATS.Client.Core;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Messages;

/// <summary>
/// Sends a client's messages (contract/protocol.md, "Messages"), on the connection for commands: what was reported as failed is
/// never sent later.
/// </summary>
internal sealed class MessageSender(ICommandLink link, IHomeStorage storage, TimeProvider time)
{
    /// <summary>How long a publish may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Publishes; the result is for the hub.</summary>
    public Task<RawJson> PublishAsync(MessageCall call, CancellationToken cancellationToken) => SendAsync(
        call,
        Patience,
        async (inbox, headers, stop) =>
            await inbox.PublishAsync(call.Subject, call.Payload, headers, stop) is { } denied
                ? RawJson.From(MessageErrors.Denied(denied).WriteResult)
                : RawJson.From(MessageFrames.WriteSent),
        cancellationToken);

    /// <summary>Publishes and waits for the first answer; the result is for the hub.</summary>
    public Task<RawJson> RequestAsync(MessageCall call, CancellationToken cancellationToken) => SendAsync(
        call,
        call.Timeout,
        async (inbox, headers, stop) =>
        {
            var reply = await inbox.AskAsync(call.Subject, call.Payload, static () => { }, headers, stop);
            return reply switch
            {
                { Denied: { } denied } => RawJson.From(MessageErrors.Denied(denied).WriteResult),
                { HasNoResponders: true } => RawJson.From(MessageErrors.NoResponders(call.Subject).WriteResult),
                _ => RawJson.From(output => MessageFrames.WriteReply(output, reply.Payload, HeadersOf(reply.Headers))),
            };
        },
        cancellationToken);

    /// <summary>Headers as the hub sends them.</summary>
    public static ImmutableArray<MessageHeader> HeadersOf(NatsHeaders? headers) =>
        headers is null ? [] : [.. headers.Select(h => new MessageHeader(h.Key, string.Join(", ", h.Value.ToArray())))];

    private async Task<RawJson> SendAsync(
        MessageCall call, TimeSpan patience, Func<ReplyInbox, NatsHeaders?, CancellationToken, Task<RawJson>> send,
        CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        CommandConnection connection;
        try
        {
            connection = await link.OpenedAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            return RawJson.From(MessageErrors.NotLinked.WriteResult);
        }

        using var until = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, connection.Lost);
        try
        {
            // Another home's server is not ours to send to.
            await storage.EnsureThisHomeAsync(until.Token);
            return await send(await connection.MessageInboxAsync(until.Token), NatsHeadersOf(call.Headers), until.Token);
        }
        catch (NatsPayloadTooLargeException)
        {
            return RawJson.From(MessageErrors.TooLarge.WriteResult);
        }
        catch (Exception e) when (e is OperationCanceledException or NatsException or ObjectDisposedException)
        {
            return RawJson.From((connection.IsLost || cancellationToken.IsCancellationRequested ? MessageErrors.LinkLost
                : late.IsCancellationRequested ? MessageErrors.NoAnswer(call.Subject, patience)
                : MessageErrors.NotSent(e.Message)).WriteResult);
        }
    }

    private static NatsHeaders? NatsHeadersOf(ImmutableArray<MessageHeader> headers)
    {
        if (headers.IsEmpty)
        {
            return null;
        }

        var result = new NatsHeaders();
        foreach (var header in headers)
        {
            result[header.Name] = new StringValues(header.Value);
        }

        return result;
    }
}
