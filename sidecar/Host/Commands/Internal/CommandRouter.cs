using System.Diagnostics;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Redaction;
using HaNatsBridge.Host.Registry;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>Checks a command, has it sent in its turn, and writes its audit, log line, metrics and trace.</summary>
internal sealed partial class CommandRouter(
    IDeviceRegistry registry, CommandSender sender, CommandQueue queue, RunningCommands running, AuditWriter audit, CommandMetrics metrics, TimeProvider time,
    ILogger<CommandRouter> log) : ICommandRouter
{
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestDeadline = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly ActivitySource Traces = new("HaNatsBridge.Commands");

    public async ValueTask<CommandOutcome> ExecuteAsync(CommandRequest request, CancellationToken cancellationToken)
    {
        running.Enter();
        try
        {
            var began = time.GetTimestamp();
            var id = request.Id ?? Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
            using var trace = Traces.StartActivity("command", ActivityKind.Client);
            var outcome = await ExecuteAsync(request, id, began, cancellationToken);
            var secrets = CommandSecrets.Of(EntityOf(request.Entity), request.Action, request.Params);
            outcome = outcome with
            {
                Id = id,
                Milliseconds = time.GetElapsedTime(began).TotalMilliseconds,
                Message = outcome.Message is { } message ? secrets.Hide(message) : null,
            };
            Record(request, secrets.Params, outcome, trace);
            return outcome;
        }
        finally
        {
            running.Leave();
        }
    }

    private async ValueTask<CommandOutcome> ExecuteAsync(CommandRequest request, string id, long began, CancellationToken cancellationToken)
    {
        if (!registry.TryGet(request.Entity.Device, out var device))
        {
            return CommandErrors.UnknownDevice(request.Entity.Device.ToString());
        }

        if (!device.Description.TryGetEntity(request.Entity.Key, out var entity))
        {
            return CommandErrors.UnknownEntity(device.Description.Name ?? device.Description.Id.ToString(), request.Entity.Key);
        }

        var deadline = request.Deadline ?? entity.CommandTimeout ?? DefaultDeadline;
        if (deadline < ShortestDeadline || deadline > LongestDeadline)
        {
            return CommandErrors.InvalidDeadline;
        }

        if (CommandChecker.Check(entity, request.Action, request.Params) is { } problem)
        {
            return CommandErrors.Invalid(problem);
        }

        var command = new CheckedCommand(request, id, device, entity, deadline, began);
        using var turn = queue.TryJoin(request.Entity.Device, device.Description.MaxCommands);
        return turn is null
            ? CommandErrors.QueueFull(command.Name, CommandQueue.MaxWaiting, RetryAfter)
            : await sender.SendAsync(command, turn, cancellationToken);
    }

    private EntityDescription? EntityOf(EntityId id) =>
        registry.TryGet(id.Device, out var device) && device.Description.TryGetEntity(id.Key, out var entity) ? entity : null;

    private void Record(CommandRequest request, JsonElement parameters, CommandOutcome outcome, Activity? trace)
    {
        var code = outcome.Code ?? "ok";
        metrics.Done(code, outcome.Milliseconds);
        if (request.Action == CommandActions.GetImage)
        {
            // It changes nothing, and comes as often as somebody watches: it would take the room of the commands.
            return;
        }

        trace?.SetTag("entity", request.Entity.ToString()).SetTag("action", request.Action).SetTag("command.id", outcome.Id).SetTag("outcome", code);
        if (!outcome.Ok)
        {
            trace?.SetStatus(ActivityStatusCode.Error, outcome.Message);
            LogFailed(request.Action, request.Entity.ToString(), code, outcome.Message!);
        }

        audit.Write(request.Entity.Device, new AuditRecord
        {
            Id = outcome.Id,
            Entity = request.Entity.Key,
            Action = request.Action,
            Params = parameters,
            Context = new CommandContext(request.Origin, request.ContextId, request.UserId),
            Code = outcome.Code,
            Confirmed = outcome.Confirmed,
            Milliseconds = outcome.Milliseconds,
            At = time.GetUtcNow(),
        });
    }

    [LoggerMessage(4001, LogLevel.Information, "Command {Action} to {Entity} failed: {Code}, {Reason}")]
    private partial void LogFailed(string action, string entity, string code, string reason);
}
