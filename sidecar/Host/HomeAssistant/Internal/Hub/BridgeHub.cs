using System.Runtime.CompilerServices;
using System.Text.Json;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.HomeAssistant.Internal.Frames;
using HaNatsBridge.Host.Registry;
using Microsoft.AspNetCore.SignalR;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>
/// The hub at <c>/hub</c> (contract/protocol.md). Arguments are plain JSON elements, so that a wrong shape is answered by us
/// with its path and not by SignalR; results are JSON that is written already.
/// </summary>
internal sealed class BridgeHub(HubParts parts) : Microsoft.AspNetCore.SignalR.Hub
{
    /// <summary>Who calls and who answers.</summary>
    public async Task<RawJson> Hello(JsonElement client)
    {
        if (!HelloRequest.TryRead(client, out var hello, out var error))
        {
            return RawJson.From(error.WriteResult);
        }

        // The home's identity is known before anything else works: so Listen can say what keeps the rest.
        if (!await parts.IsReadyAsync(parts.Storage.Identified, Context.ConnectionAborted))
        {
            return RawJson.From(HubErrors.NotReady.WriteResult);
        }

        parts.Sessions.Add(Context.ConnectionId, new ClientSession(
            hello.Name, hello.Version, hello.Instance, hello.Capabilities ?? [], Context.Abort));
        return RawJson.From(new HelloResult
        {
            Server = new HelloServer { Version = Product.Version },
            BridgeId = parts.Storage.BridgeId,
            Epoch = parts.Changes.Epoch,
            Links = [.. parts.Changes.Links],
        }.Write);
    }

    /// <summary>The stream of frames.</summary>
    public async IAsyncEnumerable<Frame> Listen(
        JsonElement position, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!ListenRequest.TryRead(position, out var from, out var error))
        {
            yield return Bye(error);
            yield break;
        }

        if (parts.Sessions.Find(Context.ConnectionId) is not { } session)
        {
            yield return Bye(HubErrors.HelloFirst);
            yield break;
        }

        if (!await parts.IsReadyAsync(parts.Changes.Ready, cancellationToken))
        {
            foreach (var frame in NotReadyFrames.Of(parts.Changes))
            {
                yield return frame;
            }

            yield break;
        }

        await foreach (var frame in session.Listen(parts.Sessions.NewFeed()).ReadAsync(from, cancellationToken))
        {
            yield return frame;
        }
    }

    /// <summary>A command, answered with its outcome at the latest when its deadline is over.</summary>
    public async Task<RawJson> Command(JsonElement command)
    {
        if (parts.Sessions.Find(Context.ConnectionId) is null)
        {
            return RawJson.From(HubErrors.HelloFirst.WriteResult);
        }

        if (!parts.Changes.Ready.IsCompletedSuccessfully)
        {
            // Its device may exist and only not be read yet.
            return RawJson.From(HubErrors.NotReady.WriteResult);
        }

        if (!CommandCall.TryRead(command, out var call, out var error))
        {
            return RawJson.From(error.WriteResult);
        }

        // Not cancelled with the connection: the device may have executed it, and the audit records how it ended.
        var outcome = await parts.Commands.ExecuteAsync(RequestOf(call), CancellationToken.None);
        return RawJson.From(new CommandResult
        {
            Id = outcome.Id,
            Milliseconds = outcome.Milliseconds,
            State = outcome.State,
            Response = outcome.Response,
            Error = outcome.Ok
                ? null
                : new ProtocolError(outcome.Code!, outcome.Message!, outcome.Retryable, HubErrors.DetailsOf(outcome)),
        }.Write);
    }

    /// <summary>Home Assistant's own events; answered when they are stored.</summary>
    public async Task<RawJson> Report(JsonElement from, JsonElement batch)
    {
        if (parts.Sessions.Find(Context.ConnectionId) is not { } session)
        {
            return RawJson.From(HubErrors.HelloFirst.WriteResult);
        }

        var first = from.ValueKind == JsonValueKind.Number && from.TryGetInt64(out var number) ? number : -1;
        if (!ReportCall.TryRead(first, batch, out var call, out var error))
        {
            return RawJson.From(error.WriteResult);
        }

        // Up to a thousand publishes: not on the thread that reads this client's socket.
        await Task.Yield();
        return await parts.Reports.StoreAsync(session.Instance, call, Context.ConnectionAborted) is { } stored
            ? RawJson.From(output => stored.WriteResult(output, stored.Last))
            : RawJson.From(HubErrors.NotStored.WriteResult);
    }

    /// <summary>A client begins with a request of which a frame told it.</summary>
    public RawJson Take(JsonElement id) => parts.Sessions.Find(Context.ConnectionId) is { } session
        ? parts.Requests.Take(session, id)
        : RawJson.From(HubErrors.HelloFirst.WriteResult);

    /// <summary>A client has done what it took, or not.</summary>
    public RawJson Answer(JsonElement id, JsonElement result) => parts.Sessions.Find(Context.ConnectionId) is { } session
        ? parts.Requests.Answer(session, id, result)
        : RawJson.From(HubErrors.HelloFirst.WriteResult);

    /// <summary>What the sidecar knows of a device, or of the whole, for a bug report.</summary>
    public RawJson Diagnostics(JsonElement device)
    {
        if (parts.Sessions.Find(Context.ConnectionId) is null)
        {
            return RawJson.From(HubErrors.HelloFirst.WriteResult);
        }

        return parts.Diagnostics.Write(device);
    }

    /// <summary>Removes a device that a person deletes; answered when that is stored.</summary>
    public async Task<RawJson> Forget(JsonElement device)
    {
        if (parts.Sessions.Find(Context.ConnectionId) is null)
        {
            return RawJson.From(HubErrors.HelloFirst.WriteResult);
        }

        if (!parts.Changes.Ready.IsCompletedSuccessfully)
        {
            return RawJson.From(HubErrors.NotReady.WriteResult);
        }

        if (!ForgetCall.TryRead(device, out var call, out var error))
        {
            return RawJson.From(error.WriteResult);
        }

        var outcome = await parts.Removal.RemoveAsync(call.Device, Context.ConnectionAborted);
        return outcome == RemovalOutcome.NotStored
            ? RawJson.From(HubErrors.NotRemoved.WriteResult)
            : RawJson.From(output => ForgetCall.WriteResult(output, outcome == RemovalOutcome.Removed));
    }

    /// <summary>Publishes a client's message on NATS.</summary>
    public Task<RawJson> Publish(JsonElement message) =>
        parts.Messages.PublishAsync(parts.Sessions.Find(Context.ConnectionId), message, Context.ConnectionAborted);

    /// <summary>Publishes a client's message on NATS and returns the first answer.</summary>
    public Task<RawJson> Request(JsonElement message) =>
        parts.Messages.RequestAsync(parts.Sessions.Find(Context.ConnectionId), message, Context.ConnectionAborted);

    /// <summary>The stream of messages on a subject.</summary>
    public IAsyncEnumerable<Frame> Subscribe(JsonElement subject, CancellationToken cancellationToken) =>
        parts.Messages.SubscribeAsync(parts.Sessions.Find(Context.ConnectionId), subject, cancellationToken);

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        parts.Sessions.Remove(Context.ConnectionId, exception);
        return Task.CompletedTask;
    }

    private static CommandRequest RequestOf(CommandCall call) => new()
    {
        Entity = call.Entity,
        Action = call.Action,
        Params = call.Params,
        Id = call.Id,
        Deadline = call.Deadline,
        Origin = call.Context.Origin,
        ContextId = call.Context.Id,
        UserId = call.Context.UserId,
        AllowRetry = call.AllowRetry,
    };

    private static Frame Bye(ProtocolError error)
    {
        var frame = new Frame();
        ControlFrames.WriteBye(frame, error);
        return frame;
    }
}
