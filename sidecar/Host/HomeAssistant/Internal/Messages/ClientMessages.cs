using System.Runtime.CompilerServices;
using System.Text.Json;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.HomeAssistant.Internal.Frames;
using HaNatsBridge.Host.HomeAssistant.Internal.Hub;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Messages;

/// <summary>The calls Publish, Request and Subscribe of the hub, with the checks before them.</summary>
internal sealed class ClientMessages(MessageSender sender, MessageFeed feed)
{
    /// <summary>How many subjects a client may subscribe to at once.</summary>
    public const int MaxSubscriptions = 256;

    public Task<RawJson> PublishAsync(ClientSession? session, JsonElement message, CancellationToken cancellationToken) =>
        Refuse(session, message, out var call) is { } error
            ? Task.FromResult(RawJson.From(error.WriteResult))
            : sender.PublishAsync(call!, cancellationToken);

    public Task<RawJson> RequestAsync(ClientSession? session, JsonElement message, CancellationToken cancellationToken) =>
        Refuse(session, message, out var call) is { } error
            ? Task.FromResult(RawJson.From(error.WriteResult))
            : sender.RequestAsync(call!, cancellationToken);

    public async IAsyncEnumerable<Frame> SubscribeAsync(
        ClientSession? session, JsonElement subject, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var error = session is null ? HubErrors.HelloFirst : null;
        if (error is null && SubscribeCall.TryRead(subject, feed.Rules, out var call, out error))
        {
            if (session!.TryAddSubscription(MaxSubscriptions))
            {
                try
                {
                    await foreach (var frame in feed.ReadAsync(call.Subject, cancellationToken))
                    {
                        yield return frame;
                    }
                }
                finally
                {
                    session.RemoveSubscription();
                }

                yield break;
            }

            error = MessageErrors.TooManySubscriptions(MaxSubscriptions);
        }

        var bye = new Frame();
        ControlFrames.WriteBye(bye, error!);
        yield return bye;
    }

    private ProtocolError? Refuse(ClientSession? session, JsonElement message, out MessageCall? call)
    {
        call = null;
        return session is null ? HubErrors.HelloFirst
            : MessageCall.TryRead(message, feed.Rules, out call, out var error) ? null
            : error;
    }
}
