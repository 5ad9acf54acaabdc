using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.HomeAssistant.Internal.Hub;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Requests;

/// <summary>
/// The requests that wait for Home Assistant. One client is told of each, the one that connected first of those that offer it. Only
/// if that one goes away before it has taken the request is the next one told: an action must not be executed twice.
/// </summary>
internal sealed class HomeAssistantRequests(ClientSessions sessions, TimeProvider time)
{
    /// <summary>How many wait at most; further ones are refused.</summary>
    public const int MaxWaiting = 64;

    private readonly ConcurrentDictionary<string, (WaitingRequest Request, long Began)> _waiting = new(StringComparer.Ordinal);
    private int _count;

    public static HomeAssistantAnswer RateLimited { get; } = HomeAssistantAnswer.Failed(
        CommandCodes.RateLimited,
        string.Create(CultureInfo.InvariantCulture, $"{MaxWaiting} requests wait for Home Assistant; it was not executed"));

    /// <summary>Whether a further request would be refused.</summary>
    public bool IsFull => Volatile.Read(ref _count) >= MaxWaiting;

    /// <summary>Asks Home Assistant; the answer comes when the deadline is over, at the latest.</summary>
    public async Task<HomeAssistantAnswer> AskAsync(HomeAssistantRequest request, string id, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _count) > MaxWaiting)
        {
            Interlocked.Decrement(ref _count);
            return RateLimited;
        }

        var began = time.GetTimestamp();
        try
        {
            while (sessions.FirstThatOffers(request.Capability) is { Feed: { } feed } session)
            {
                if (await AskAsync(new WaitingRequest(request, session), id, began, feed, cancellationToken) is { } answer)
                {
                    return answer;
                }
            }

            return Nobody(request);
        }
        finally
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>The client of this session begins with a request.</summary>
    public RawJson Take(ClientSession session, JsonElement id) =>
        Find(session, id) is ({ } waiting, var began) && waiting.TryTake()
        ? RawJson.From(output => waiting.Request.WriteTaken(output, waiting.Request.Deadline - time.GetElapsedTime(began)))
        : RawJson.From(AnswerCall.Gone.WriteResult);

    /// <summary>The client of this session has done it, or not.</summary>
    public RawJson Answer(ClientSession session, JsonElement id, JsonElement result)
    {
        if (Find(session, id) is not ({ } waiting, _))
        {
            return RawJson.From(output => AnswerCall.WriteResult(output, delivered: false));
        }

        if (HomeAssistantAnswer.TryRead(waiting.Request.Kind, result, out var answer, out var error))
        {
            return RawJson.From(output => AnswerCall.WriteResult(output, waiting.TryAnswer(answer)));
        }

        waiting.TryAnswer(HomeAssistantAnswer.Failed(
            CommandCodes.InternalError, "Home Assistant's integration answered with something that cannot be read"));
        return RawJson.From(error.WriteResult);
    }

    private static string Of(HomeAssistantRequest request) =>
        request.Kind == HomeAssistantRequestKind.Action ? "call its actions" : "read its states";

    /// <summary>The answer of this client; null when it went away without having taken the request.</summary>
    private async Task<HomeAssistantAnswer?> AskAsync(
        WaitingRequest waiting, string id, long began, Frames.ClientFeed feed, CancellationToken cancellationToken)
    {
        var deadline = waiting.Request.Deadline;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _waiting[id] = (waiting, began);
        try
        {
            var left = deadline - time.GetElapsedTime(began);
            var late = Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, over.Token);
            feed.Ask(id);
            var first = await Task.WhenAny(waiting.Answer, waiting.Session.Ended, late);
            await over.CancelAsync();
            var seconds = deadline.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
            return first == late
                ? waiting.End(
                    () => HomeAssistantAnswer.Failed(
                        CommandCodes.Timeout, $"Home Assistant did not take it within {seconds} s; it was not executed"),
                    () => HomeAssistantAnswer.Failed(
                        CommandCodes.UnknownOutcome, $"Home Assistant did not finish it within {seconds} s; it may still do so"))
                : waiting.End(
                    () => null,
                    () => HomeAssistantAnswer.Failed(
                        CommandCodes.UnknownOutcome, "Home Assistant was disconnected before it answered; it may have been executed"));
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    private HomeAssistantAnswer Nobody(HomeAssistantRequest request) => sessions.HasHomeAssistant
        ? HomeAssistantAnswer.Failed(
            CommandCodes.Unauthorized,
            $"Home Assistant does not let NATS clients {Of(request)}; the options of its integration HaNatsBridge allow it"
                + " (of several entries, those of the first, while it is set up)")
        : HomeAssistantAnswer.Failed(CommandCodes.NoResponders, "no Home Assistant is connected");

    private (WaitingRequest? Request, long Began) Find(ClientSession session, JsonElement id) =>
        id.ValueKind == JsonValueKind.String && _waiting.TryGetValue(id.GetString()!, out var found)
            && ReferenceEquals(found.Request.Session, session)
            ? found
            : default;
}
