using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Host.Registry;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>Checks a command, has it sent within its device's bounds, and writes its audit.</summary>
internal sealed class CommandRouter(
    IDeviceRegistry registry, CommandSender sender, DeviceGate gate, RunningCommands running, AuditWriter audit, FailureLog failures, CommandMetrics metrics,
    TimeProvider time)
    : ICommandRouter
{
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestDeadline = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromSeconds(60);

    public async ValueTask<CommandOutcome> ExecuteAsync(CommandRequest request, CancellationToken cancellationToken)
    {
        running.Enter();
        try
        {
            return await ExecuteAndNoteAsync(request, cancellationToken);
        }
        finally
        {
            running.Leave();
        }
    }

    private async ValueTask<CommandOutcome> ExecuteAndNoteAsync(CommandRequest request, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var id = request.Id ?? Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        var answer = await AnswerAsync(request, id, began, cancellationToken);
        var milliseconds = time.GetElapsedTime(began).TotalMilliseconds;
        metrics.Done(answer.Code ?? "ok", milliseconds);
        if (!answer.Ok)
        {
            failures.Note(new CommandFailure(request.Entity, request.Action, answer.Code!, answer.Message!));
        }

        audit.Write(request.Entity.Device, new AuditRecord
        {
            Id = id,
            Entity = request.Entity.Key,
            Action = request.Action,
            Params = request.Params,
            Context = new CommandContext(request.Origin, request.ContextId, request.UserId),
            Code = answer.Code,
            Milliseconds = milliseconds,
            At = time.GetUtcNow(),
        });
        return new CommandOutcome
        {
            Id = id,
            Ok = answer.Ok,
            Milliseconds = milliseconds,
            State = answer.State,
            Response = answer.Response,
            Code = answer.Code,
            Message = answer.Message,
            Retryable = answer.Retryable,
            RetryAfter = answer.RetryAfter,
        };
    }

    private async ValueTask<Answer> AnswerAsync(CommandRequest request, string id, long began, CancellationToken cancellationToken)
    {
        if (!registry.TryGet(request.Entity.Device, out var device))
        {
            return Outcomes.UnknownDevice(request.Entity.Device.ToString());
        }

        var name = device.Description.Name ?? device.Description.Id.ToString();
        if (!device.Description.TryGetEntity(request.Entity.Key, out var entity))
        {
            return Outcomes.UnknownEntity(name, request.Entity.Key);
        }

        var deadline = request.Deadline ?? entity.CommandTimeout ?? DefaultDeadline;
        if (deadline < ShortestDeadline || deadline > LongestDeadline)
        {
            return Outcomes.InvalidDeadline;
        }

        if (CommandChecker.Check(entity, request.Action, request.Params) is { } problem)
        {
            return Outcomes.Failed(problem.Code, $"{problem.Path}: {problem.Message}");
        }

        return await SendAsync(new Errand(request, id, device, name, entity, deadline, began), cancellationToken);
    }

    private async ValueTask<Answer> SendAsync(Errand errand, CancellationToken cancellationToken)
    {
        var device = errand.Device.Description.Id;
        if (gate.TryEnter(device) is { } refusal)
        {
            return refusal.IsBusy ? Outcomes.Busy(errand.Name) : Outcomes.RateLimited(errand.Name, refusal.RetryAfter);
        }

        try
        {
            return await sender.SendAsync(errand, cancellationToken);
        }
        finally
        {
            gate.Leave(device);
        }
    }
}
