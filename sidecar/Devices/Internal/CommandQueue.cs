using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace HaNatsBridge.Devices.Internal;

/// <summary>The commands to one device, one after another, each within its deadline.</summary>
internal sealed partial class CommandQueue(Device device, Session session, Surroundings surroundings)
{
    /// <summary>The home sends at most 16 unanswered commands unless the announcement says otherwise.</summary>
    private const int Usual = 64;

    /// <summary>More than that no device may announce.</summary>
    private const int Most = 1_024;

    /// <summary>A larger answer is remembered without its response: the command must not be executed again.</summary>
    private const int LargestRemembered = 16 * 1024;

    private static readonly TimeSpan LongestDeadline = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ConfigDeadline = TimeSpan.FromSeconds(5);
    private static readonly byte[] Done = """{"ok":true}"""u8.ToArray();
    private readonly Channel<(NatsMsg<byte[]> Message, long At)> _queue = Channel.CreateBounded<(NatsMsg<byte[]>, long)>(Most);
    private readonly ConcurrentDictionary<string, Task<byte[]>> _unfinished = new(StringComparer.Ordinal);
    private readonly TimeProvider _time = surroundings.Time;
    private readonly ILogger _logger = surroundings.Logger;

    public void Add(NatsMsg<byte[]> message)
    {
        var most = Math.Max(Usual, device.Description.MaxCommands);
        if (_queue.Reader.Count >= most || !_queue.Writer.TryWrite((message, _time.GetTimestamp())))
        {
            _ = ReplyAsync(session, message, Refusal(CommandCodes.Busy, $"{device.Id} has {most} commands to do already"));
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var (message, at) in _queue.Reader.ReadAllAsync(cancellationToken))
        {
            _ = surroundings.Subjects.TryParse(message.Subject, out var subject);
            var answer = subject.Kind == DeviceSubjectKind.Config
                ? Task.FromResult(await ConfigureAsync(message.Data, at, cancellationToken))
                : await CommandAsync(message.Data, at, cancellationToken);
            if (answer.IsCompleted)
            {
                await ReplyAsync(session, message, await answer);
            }
            else
            {
                _ = ReplyLaterAsync(message, answer);
            }
        }
    }

    /// <summary>Answers in the place of a device that is not there.</summary>
    public static void RefuseUnknown(Session session, NatsMsg<byte[]> message) =>
        _ = ReplyAsync(session, message, Refusal(CommandCodes.DeviceOffline, "the gateway does not know this device"));

    private async Task ReplyLaterAsync(NatsMsg<byte[]> message, Task<byte[]> answer)
    {
        try
        {
            await ReplyAsync(session, message, await answer);
        }
        catch (OperationCanceledException)
        {
            // The connection ended; nobody waits for the answer.
        }
    }

    private static async Task ReplyAsync(Session session, NatsMsg<byte[]> message, byte[] answer)
    {
        // The reply subject is its sender's choice: who may publish anything must not be led to publish anywhere.
        if (message.ReplyTo is { } reply && (ReplySubject.MayBeAnswered(reply) || IsSidecars(reply)))
        {
            if (answer.Length > session.MaxPayload)
            {
                answer = Refusal(CommandCodes.InternalError, $"the answer has {answer.Length} bytes, too many for the server");
            }

            await session.TryPublishAsync(reply, answer, null, CancellationToken.None);
        }
    }

    private static bool IsSidecars(string reply) => reply.StartsWith(ReplySubject.SidecarInbox + ".", StringComparison.Ordinal);

    private static byte[] Refusal(string code, string message) => Payload.Of(new { ok = false, error = new { code, message } });

    /// <summary>Carries out a command; the answer may follow while the next command is carried out.</summary>
    private async Task<Task<byte[]>> CommandAsync(byte[]? payload, long at, CancellationToken cancellationToken)
    {
        if (!CommandEnvelope.TryRead(payload, out var envelope, out var problem))
        {
            return Task.FromResult(Refusal(CommandCodes.InvalidCommand, problem!.Message));
        }

        if (_unfinished.TryGetValue(envelope!.Id, out var unfinished))
        {
            return unfinished;
        }

        return device.Answers.Find(envelope.Id) is { } before
            ? Task.FromResult(before)
            : await CommandAsync(envelope, at, cancellationToken);
    }

    private async Task<Task<byte[]>> CommandAsync(CommandEnvelope envelope, long at, CancellationToken cancellationToken)
    {

        var deadline = TimeSpan.FromMilliseconds(Math.Clamp(envelope.DeadlineMs, 0, LongestDeadline.TotalMilliseconds));
        var remaining = deadline - _time.GetElapsedTime(at);
        if (remaining <= TimeSpan.Zero)
        {
            // Its caller has been answered by the timeout; done now, it would come as a surprise.
            return Task.FromResult(Refusal(CommandCodes.Timeout, $"{device.Id} was busy with other commands"));
        }

        if (!device.Description.Has(envelope.Entity))
        {
            return Task.FromResult(Refusal(CommandCodes.InvalidCommand, $"{device.Id} has no entity {envelope.Entity}"));
        }

        if (device.HandlerOf(envelope.Entity) is not { } handler)
        {
            return Task.FromResult(Refusal(CommandCodes.InvalidCommand, $"{envelope.Entity} takes no commands"));
        }

        var command = new DeviceCommand(device.Id, envelope, remaining);
        var what = $"{envelope.Entity}.{envelope.Action}";
        var answer = await ExecuteAsync(
            what, token => handler(command, token), () => Answer(command), remaining, cancellationToken);
        if (command.Afterwards is not { } rest)
        {
            Remember(command, answer);
            return Task.FromResult(answer);
        }

        var finishing = FinishAsync(command, what, rest, deadline - _time.GetElapsedTime(at), cancellationToken);
        _unfinished[envelope.Id] = finishing;
        _ = finishing.ContinueWith(_ => _unfinished.TryRemove(envelope.Id, out Task<byte[]>? _), TaskScheduler.Default);
        return finishing;
    }

    private async Task<byte[]> FinishAsync(
        DeviceCommand command, string what, Func<CancellationToken, Task> rest, TimeSpan remaining,
        CancellationToken cancellationToken)
    {
        var answer = await ExecuteAsync(what, rest, () => Answer(command), remaining, cancellationToken);
        Remember(command, answer);
        return answer;
    }

    private void Remember(DeviceCommand command, byte[] answer)
    {
        if (command.Image is null)
        {
            device.Answers.Add(command.Id, answer.Length <= LargestRemembered ? answer : Done);
        }
    }


    private async Task<byte[]> ConfigureAsync(byte[]? payload, long at, CancellationToken cancellationToken)
    {
        if (device.Config is not { } handler)
        {
            return Refusal(CommandCodes.InvalidCommand, $"{device.Id} takes no configuration");
        }

        if (ReadConfig(payload) is not { } change)
        {
            return Refusal(CommandCodes.InvalidParameter, "expected an object with revision and config");
        }

        return await ExecuteAsync(
            "config", token => handler(change, token), () => Payload.Of(new { ok = true, applied_revision = change.Revision }),
            ConfigDeadline - _time.GetElapsedTime(at), cancellationToken);
    }

    private async Task<byte[]> ExecuteAsync(
        string what,
        Func<CancellationToken, Task> handle,
        Func<byte[]> answer,
        TimeSpan remaining,
        CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await handle(either.Token);
            return answer();
        }
        catch (CommandException exception)
        {
            return Refusal(exception.Code, exception.Message);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Refusal(CommandCodes.Timeout, $"{device.Id} did not finish in time");
        }
        catch (Exception exception)
        {
            LogFailed(exception, what, device.Id);
            return Refusal(CommandCodes.InternalError, $"{device.Id} failed; its log has the reason");
        }
    }

    private static byte[] Answer(DeviceCommand command)
    {
        if (command.Image is { } image)
        {
            return image.ToArray();
        }

        var members = new Dictionary<string, object> { ["ok"] = true };
        if (command.Preview is { } preview)
        {
            members["state"] = preview;
        }

        if (command.Confirmed is { } confirmed)
        {
            members["confirmed"] = confirmed;
        }

        if (command.Response is { } response)
        {
            members["response"] = response;
        }

        return Payload.Of(members);
    }

    private static ConfigChange? ReadConfig(byte[]? payload)
    {
        try
        {
            using var json = JsonDocument.Parse(payload);
            var root = json.RootElement;
            return new ConfigChange(root.GetProperty("revision").GetInt64(), root.GetProperty("config").Clone());
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    [LoggerMessage(5020, LogLevel.Error, "The handler of {What} of {Device} failed")]
    private partial void LogFailed(Exception exception, string what, DeviceId device);
}
