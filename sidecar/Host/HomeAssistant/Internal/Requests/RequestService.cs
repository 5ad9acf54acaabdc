using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.HomeAssistant.Internal.Frames;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Requests;

/// <summary>
/// Answers requests on <c>home.ha.…</c> (docs/home-assistant.md, "Home Assistant from NATS"). Each action is in the audit, except
/// those that were refused because too many wait. One whose reply subject is no inbox counts as published without one
/// (<see cref="ReplySubject"/>).
/// </summary>
internal sealed partial class RequestService(
    IHomeLink link, IHomeStorage storage, Subscriptions subscriptions, HomeAssistantRequests requests, IAuditLog audit,
    FeedMetrics metrics, TimeProvider time, ILogger<RequestService> log) : BackgroundService
{
    /// <summary>The queue group that the home's sidecars share.</summary>
    private const string QueueGroup = "home_assistant";

    /// <summary>What a burst may leave unread.</summary>
    private const int Buffer = 256;

    private readonly LogPause _pause = new(time);

    private delegate bool Reader(
        NatsMsg<byte[]> message, out HomeAssistantRequest? request, out HomeAssistantAnswer? refusal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        link.Home.MessageDropped += OnDroppedAsync;
        try
        {
            var subjects = storage.Subjects.HomeAssistant;
            await Task.WhenAll(
                RunAsync(subjects.EveryAction, ReadAction, stoppingToken),
                RunAsync(subjects.States, ReadStates, stoppingToken),
                RunAsync(subjects.EveryState, ReadState, stoppingToken));
        }
        finally
        {
            link.Home.MessageDropped -= OnDroppedAsync;
        }
    }

    private static bool ReadStates(NatsMsg<byte[]> message, out HomeAssistantRequest? request, out HomeAssistantAnswer? refusal) =>
        HomeAssistantRequest.TryReadStates(message.Data, out request, out refusal);

    private static HomeAssistantAnswer NoSuchSubject(string subject) =>
        HomeAssistantAnswer.Failed(
            RequestCodes.NotFound, $"{subject}: expected two words of the characters A-Z a-z 0-9 _ - at its end");

    private Task RunAsync(string subject, Reader read, CancellationToken stoppingToken) => subscriptions.RunAsync<byte[]>(
        link.Home, subject, QueueGroup, Buffer,
        message =>
        {
            // Behind the subscription: an answer may take a minute.
            _ = HandleAsync(message, read, stoppingToken);
            return ValueTask.CompletedTask;
        },
        log, stoppingToken);

    private bool ReadAction(NatsMsg<byte[]> message, out HomeAssistantRequest? request, out HomeAssistantAnswer? refusal)
    {
        (request, refusal) = (null, null);
        if (storage.Subjects.HomeAssistant.TryParseAction(message.Subject, out var domain, out var service))
        {
            return HomeAssistantRequest.TryReadAction(domain, service, message.Data, out request, out refusal);
        }

        refusal = NoSuchSubject(message.Subject);
        return false;
    }

    private bool ReadState(NatsMsg<byte[]> message, out HomeAssistantRequest? request, out HomeAssistantAnswer? refusal)
    {
        (request, refusal) = (null, null);
        if (storage.Subjects.HomeAssistant.TryParseState(message.Subject, out var entityId))
        {
            return HomeAssistantRequest.TryReadState(entityId, message.Data, out request, out refusal);
        }

        refusal = NoSuchSubject(message.Subject);
        return false;
    }

    private async Task HandleAsync(NatsMsg<byte[]> message, Reader read, CancellationToken stoppingToken)
    {
        try
        {
            // Before it is read: a flood of large requests costs nothing else.
            if (requests.IsFull)
            {
                metrics.Requested(CommandCodes.RateLimited);
                await ReplyAsync(message, HomeAssistantRequests.RateLimited);
                return;
            }

            if (!read(message, out var request, out var refusal))
            {
                metrics.Requested(refusal!.Code);
                await ReplyAsync(message, refusal);
                return;
            }

            await AnswerAsync(message, request!, stoppingToken);
        }
        catch (Exception e)
        {
            LogFailed(message.Subject, e);
        }
    }

    private async Task AnswerAsync(NatsMsg<byte[]> message, HomeAssistantRequest request, CancellationToken stoppingToken)
    {
        var began = time.GetTimestamp();
        var id = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        var answer = await requests.AskAsync(request, id, stoppingToken);
        metrics.Requested(answer.Code);
        if (request.Kind == HomeAssistantRequestKind.Action && !ReferenceEquals(answer, HomeAssistantRequests.RateLimited))
        {
            Record(request, answer, id, time.GetElapsedTime(began));
        }

        await ReplyAsync(message, answer);
    }

    private void Record(HomeAssistantRequest request, HomeAssistantAnswer answer, string id, TimeSpan took)
    {
        var dot = request.Name.IndexOf('.', StringComparison.Ordinal);
        audit.Write(subjects => subjects.HomeAssistant.AuditOf(request.Name[..dot], request.Name[(dot + 1)..]), new AuditRecord
        {
            Id = id,
            Action = request.Name,
            Params = request.AuditParams(),
            Context = new CommandContext("nats", answer.ContextId, answer.UserId),
            Code = answer.Code,
            Milliseconds = took.TotalMilliseconds,
            At = time.GetUtcNow(),
        });
    }

    private async ValueTask ReplyAsync(NatsMsg<byte[]> message, HomeAssistantAnswer answer)
    {
        if (message.ReplyTo is not { Length: > 0 } reply)
        {
            return;
        }

        if (!ReplySubject.MayBeAnswered(reply))
        {
            if (_pause.TryPass())
            {
                LogRefused(message.Subject, reply);
            }

            return;
        }

        try
        {
            await PublishAsync(reply, answer);
        }
        catch (NatsPayloadTooLargeException)
        {
            await PublishAsync(reply, HomeAssistantAnswer.Failed(
                RequestCodes.TooLarge, "the answer is larger than the NATS server takes (max_payload); an action was executed"));
        }
    }

    private ValueTask PublishAsync(string reply, HomeAssistantAnswer answer) => link.Home.PublishAsync(
        reply, answer.Json, serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default);

    /// <summary>A burst beyond the buffer: its callers need not wait for their timeouts.</summary>
    private async ValueTask OnDroppedAsync(object? sender, NatsMessageDroppedEventArgs dropped)
    {
        if (dropped.Subject.StartsWith($"{storage.Subjects.Root}.ha.", StringComparison.Ordinal)
            && dropped.ReplyTo is { } reply && ReplySubject.MayBeAnswered(reply))
        {
            metrics.Requested(CommandCodes.RateLimited);
            await PublishAsync(reply, HomeAssistantRequests.RateLimited);
        }
    }

    [LoggerMessage(6040, LogLevel.Error, "The request on {Subject} failed in the sidecar")]
    private partial void LogFailed(string subject, Exception exception);

    [LoggerMessage(6041, LogLevel.Warning,
        "A request on {Subject} is not answered: its reply subject {Reply} is no inbox (_INBOX.…) (logged once a minute at most)")]
    private partial void LogRefused(string subject, string reply);
}
