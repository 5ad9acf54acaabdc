using System.Buffers;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>Asks the device and reads its answer: the only publisher to <c>.set</c>.</summary>
internal sealed class CommandSender(
    DeviceLine line, ICommandLink link, IHomeStorage storage, RunningCommands running, IDeviceAvailability availability, IStateStore states, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Answers at the latest when the deadline is over.</summary>
    public async ValueTask<Answer> SendAsync(Errand errand, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Left(errand), time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, running.Stopping, cancellationToken);
        var mayRepeat = errand.Request.AllowRetry && errand.IsIdempotent;
        var wasLost = false;
        while (true)
        {
            if (await OpenedAsync(stop.Token) is not { } connection)
            {
                return wasLost ? Outcomes.LinkLost(errand.Name) : Outcomes.LinkDown;
            }

            var answer = await AskAsync(errand, connection, stop.Token);

            // After a lost link the device needs a moment longer than the sidecar to be back.
            if (answer is not null && !(wasLost && answer.IsUnheard))
            {
                return answer;
            }

            wasLost = true;
            if (!mayRepeat || stop.IsCancellationRequested)
            {
                return Outcomes.LinkLost(errand.Name);
            }

            await Task.Delay(Pause, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask<CommandConnection?> OpenedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await link.OpenedAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Asks once; null when the link was lost before the answer.</summary>
    private async ValueTask<Answer?> AskAsync(Errand errand, CommandConnection connection, CancellationToken stop)
    {
        // A device that sleeps counts as online although it is not there: its silence means that it sleeps (contract.md, "Online or offline").
        var isOnline = errand.Device.Availability.Online && errand.Device.Description.WhenOffline != OfflineMeaning.Assumed;
        using var until = CancellationTokenSource.CreateLinkedTokenSource(stop, connection.Lost);
        try
        {
            // Another home's device of that name is not ours to switch.
            await storage.EnsureThisHomeAsync(until.Token);
            var before = SequenceOf(errand);
            var reply = await line.AskAsync(connection, storage.Subjects.SetOf(errand.Request.Entity.Device), PayloadOf(errand), until.Token);
            return reply.Denied is { } denied ? Outcomes.Denied(denied)
                : reply.IsUnheard ? Outcomes.NobodyListens(errand.Name, isOnline)
                : Read(errand, CommandReplyReader.Read(reply.Payload, reply.HasStatus), before);
        }
        catch (NatsPayloadTooLargeException)
        {
            return Outcomes.Failed(CommandCodes.InvalidParameter, "The command is larger than the server takes.");
        }
        catch (Exception e) when (e is OperationCanceledException or NatsException or ObjectDisposedException)
        {
            if (connection.IsLost)
            {
                return null;
            }

            return running.Stopping.IsCancellationRequested ? Outcomes.BridgeStops(errand.Name)
                : stop.IsCancellationRequested
                ? Outcomes.NoAnswer(errand.Name, isOnline, errand.Deadline, errand.IsIdempotent)
                : Outcomes.NotSent(e.Message);
        }
    }

    private Answer Read(Errand errand, CommandReply reply, (ulong Sequence, bool IsAhead) before)
    {
        if (reply.Ok || reply.Code != CommandCodes.InternalError)
        {
            availability.SignOfLife(errand.Request.Entity.Device);
        }

        if (!reply.Ok)
        {
            // A device that gave up half-way may have done it already, as a gateway whose radio heard no acknowledgement.
            var mayHelp = reply.Code is CommandCodes.Busy or CommandCodes.DeviceOffline || (reply.Code == CommandCodes.Timeout && errand.IsIdempotent);
            return Outcomes.Failed(reply.Code!, reply.Message!, mayHelp);
        }

        return new Answer { Ok = true, State = PreviewOf(errand, reply.State, before), Response = reply.Response };
    }

    /// <summary>The reply's state is shown only while no state of the entity has come from the stream since the command went out (contract.md, "Command").</summary>
    private ReadOnlyMemory<byte>? PreviewOf(Errand errand, ReadOnlyMemory<byte>? raw, (ulong Sequence, bool IsAhead) before)
    {
        if (raw is not { } state || !errand.Entity.HasState || SequenceOf(errand) != before)
        {
            return null;
        }

        var normalised = new ArrayBufferWriter<byte>(state.Length + 16);
        return StateReader.TryNormalise(errand.Entity, state.Span, normalised, out _) ? normalised.WrittenMemory : null;
    }

    private (ulong Sequence, bool IsAhead) SequenceOf(Errand errand) =>
        states.TryGet(errand.Request.Entity, out var state) ? (state.StreamSequence, state.IsAhead) : default;

    private TimeSpan Left(Errand errand)
    {
        var left = errand.Deadline - time.GetElapsedTime(errand.Began);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private ReadOnlyMemory<byte> PayloadOf(Errand errand)
    {
        var payload = new ArrayBufferWriter<byte>(256);
        new CommandEnvelope
        {
            Id = errand.Id,
            Entity = errand.Entity.Key,
            Action = errand.Request.Action,
            Params = errand.Request.Params,
            DeadlineMs = Math.Max(1, (long)Left(errand).TotalMilliseconds),
            Context = new CommandContext(errand.Request.Origin, errand.Request.ContextId, errand.Request.UserId),
        }.Write(payload);
        return payload.WrittenMemory;
    }
}
