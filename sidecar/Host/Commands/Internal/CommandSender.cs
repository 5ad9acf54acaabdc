using System.Buffers;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Pictures;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>Publishes commands on <c>.set</c> and reads the devices' answers. No other class publishes there.</summary>
internal sealed class CommandSender(
    ICommandLink link, IHomeStorage storage, RunningCommands running, IDeviceAvailability availability, IStateStore states, TimeProvider time)
{
    private static readonly TimeSpan RepeatPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Sends a command when it is its turn. Returns at the latest when the deadline is over.</summary>
    public async ValueTask<CommandOutcome> SendAsync(CheckedCommand command, CommandQueue.Turn turn, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(TimeLeft(command), time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, running.Stopping, cancellationToken);
        try
        {
            await turn.WaitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            return CommandErrors.StillBusy(command.Name, command.Deadline);
        }

        return await SendAsync(command, turn.SetPublished, stop.Token);
    }

    private async ValueTask<CommandOutcome> SendAsync(CheckedCommand command, Action published, CancellationToken stop)
    {
        var mayRepeat = command.Request.AllowRetry && command.IsIdempotent;
        var wasLost = false;
        while (true)
        {
            if (await OpenedAsync(stop) is not { } connection)
            {
                return wasLost ? CommandErrors.LinkLost(command.Name) : CommandErrors.NoLink;
            }

            var outcome = await AskAsync(command, connection, published, stop);

            // After a lost link the device needs a moment longer than the sidecar to be back.
            if (outcome is not null && !(wasLost && outcome.HasNoResponders))
            {
                return outcome;
            }

            wasLost = true;
            if (!mayRepeat || stop.IsCancellationRequested)
            {
                return CommandErrors.LinkLost(command.Name);
            }

            await Task.Delay(RepeatPause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

    /// <summary>Asks once; null when the connection was lost before the answer.</summary>
    private async ValueTask<CommandOutcome?> AskAsync(
        CheckedCommand command, CommandConnection connection, Action published, CancellationToken stop)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(stop, connection.Lost);
        try
        {
            // Another home's device of that name is not ours to switch.
            await storage.EnsureThisHomeAsync(until.Token);
            var inbox = await connection.InboxAsync(until.Token);
            var before = SequenceOf(command);
            var reply = await inbox.AskAsync(
                storage.Subjects.SetOf(command.Request.Entity.Device), PayloadOf(command), published, cancellationToken: until.Token);
            return reply.Denied is { } denied ? CommandErrors.Denied(denied)
                : reply.HasNoResponders ? CommandErrors.NoResponders(command.Name, command.IsExpectedOnline)
                : command.Request.Action == CommandActions.GetImage ? ReadPicture(command, reply)
                : Read(command, CheckResponse(command, CommandReplyReader.Read(reply.Payload, reply.HasStatus)), before);
        }
        catch (NatsPayloadTooLargeException)
        {
            return CommandErrors.TooLarge;
        }
        catch (Exception e) when (e is OperationCanceledException or NatsException or ObjectDisposedException)
        {
            return connection.IsLost ? null
                : running.Stopping.IsCancellationRequested ? CommandErrors.Stopping(command.Name)
                : stop.IsCancellationRequested
                    ? CommandErrors.NoAnswer(command.Name, command.IsExpectedOnline, command.Deadline, command.IsIdempotent)
                    : CommandErrors.NotSent(e.Message);
        }
    }

    /// <summary>The reply is the bytes; the device's own error is an answer like any other.</summary>
    private CommandOutcome ReadPicture(CheckedCommand command, InboxReply reply)
    {
        if (!reply.HasStatus && PictureTypes.Of(reply.Payload) is not null)
        {
            availability.SignOfLife(command.Request.Entity.Device);
            return new CommandOutcome { Ok = true, Picture = reply.Payload };
        }

        var answer = CommandReplyReader.Read(reply.Payload, reply.HasStatus);
        return answer.Ok || answer.Reason == CommandReasons.BadAnswer ? CommandErrors.NoPicture(command.Name) : Read(command, answer, before: 0);
    }

    private CommandOutcome Read(CheckedCommand command, CommandReply reply, ulong before)
    {
        if (reply.Ok || reply.Code != CommandCodes.InternalError)
        {
            availability.SignOfLife(command.Request.Entity.Device);
        }

        if (!reply.Ok)
        {
            // A device that gave up half-way may have done it already, as a gateway whose radio heard no acknowledgement.
            var mayHelp = reply.Code is CommandCodes.Busy or CommandCodes.DeviceOffline || (reply.Code == CommandCodes.Timeout && command.IsIdempotent);
            return CommandErrors.Failed(reply.Code!, reply.Message!, mayHelp) with { Reason = reply.Reason };
        }

        return new CommandOutcome { Ok = true, State = PreviewOf(command, reply.State, before), Response = reply.Response, Confirmed = reply.Confirmed };
    }

    private CommandReply CheckResponse(CheckedCommand command, CommandReply reply)
    {
        var read = ResponseReader.Check(command.Entity, command.Request.Action, reply, out var problems);
        foreach (var problem in problems)
        {
            states.NoteProblem(command.Request.Entity.Device, problem);
        }

        return read;
    }

    /// <summary>The reply's state counts only while no state of the entity has come from the stream since the command went out (docs/devices.md, "Commands").</summary>
    private ReadOnlyMemory<byte>? PreviewOf(CheckedCommand command, ReadOnlyMemory<byte>? raw, ulong before)
    {
        if (raw is not { } state || !command.Entity.HasState || SequenceOf(command) != before)
        {
            return null;
        }

        var normalised = new ArrayBufferWriter<byte>(state.Length + 16);
        var memory = default(StateMemory);
        var problems = StateReader.Normalise(command.Entity, state.Span, normalised, ref memory);
        return problems.Count == 0 ? normalised.WrittenMemory : null;
    }

    private ulong SequenceOf(CheckedCommand command) =>
        states.TryGet(command.Request.Entity, out var state) ? state.StreamSequence : 0;

    private TimeSpan TimeLeft(CheckedCommand command)
    {
        var left = command.Deadline - time.GetElapsedTime(command.Began);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private ReadOnlyMemory<byte> PayloadOf(CheckedCommand command)
    {
        var payload = new ArrayBufferWriter<byte>(256);
        new CommandEnvelope
        {
            Id = command.Id,
            Entity = command.Entity.Key,
            Action = command.Request.Action,
            Params = command.Request.Params,
            DeadlineMs = Math.Max(1, (long)TimeLeft(command).TotalMilliseconds),
            Context = new CommandContext(command.Request.Origin, command.Request.ContextId, command.Request.UserId),
        }.Write(payload);
        return payload.WrittenMemory;
    }
}
