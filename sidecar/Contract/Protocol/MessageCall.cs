using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>The argument of Publish and of Request (contract/protocol.md, "Messages").</summary>
public sealed record MessageCall
{
    /// <summary>The most headers of a message.</summary>
    public const int MaxHeaders = 64;

    /// <summary>The longest name or value of a header, in characters.</summary>
    public const int MaxHeaderLength = 4096;

    /// <summary>How long Request waits for its answer unless the caller says otherwise.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The subject, which <see cref="ClientSubjects"/> allows.</summary>
    public required string Subject { get; init; }

    /// <summary>The payload, UTF-8.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The headers, in the caller's order.</summary>
    public ImmutableArray<MessageHeader> Headers { get; init; } = [];

    /// <summary>How long Request waits, 100–60,000 ms. Publish has none.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>Reads the argument; false with the reason when it has the wrong shape or the subject is refused.</summary>
    /// <param name="argument">The call's argument.</param>
    /// <param name="rules">Which subjects are allowed.</param>
    /// <param name="call">What was read.</param>
    /// <param name="error">Why it was not.</param>
    public static bool TryRead(
        JsonElement argument, ClientSubjects rules, [NotNullWhen(true)] out MessageCall? call,
        [NotNullWhen(false)] out ProtocolError? error)
    {
        call = null;
        error = ProtocolJson.Unreadable(argument, "message") ?? CheckShape(argument);
        if (error is not null)
        {
            return false;
        }

        var subject = JsonFields.Text(argument, "subject")!;
        if (rules.RefuseToSend(subject) is { } problem)
        {
            error = MessageErrors.Of(problem, subject);
            return false;
        }

        var headers = argument.TryGetProperty("headers", out var given) ? given : default;
        error = CheckHeaders(headers);
        if (error is not null)
        {
            return false;
        }

        call = new MessageCall
        {
            Subject = subject,
            Payload = Encoding.UTF8.GetBytes(JsonFields.Text(argument, "payload") ?? ""),
            Headers = headers.ValueKind != JsonValueKind.Object
                ? []
                : [.. headers.EnumerateObject().Select(h => new MessageHeader(h.Name, h.Value.GetString()!))],
            Timeout = JsonFields.Whole(argument, "timeout_ms") is { } timeout
                ? TimeSpan.FromMilliseconds(timeout)
                : DefaultTimeout,
        };
        return true;
    }

    private static ProtocolError? CheckShape(JsonElement argument)
    {
        if (JsonFields.Text(argument, "subject") is null)
        {
            return Wrong("subject", "expected a text");
        }

        if (argument.TryGetProperty("payload", out var payload)
            && payload.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
        {
            return Wrong("payload", "expected a text");
        }

        if (argument.TryGetProperty("headers", out var headers)
            && headers.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
        {
            return Wrong("headers", "expected an object of texts");
        }

        return argument.TryGetProperty("timeout_ms", out var timeout) && timeout.ValueKind != JsonValueKind.Null
            && JsonFields.Whole(argument, "timeout_ms") is not (>= 100 and <= 60_000)
            ? Wrong("timeout_ms", "expected null or a whole number from 100 to 60000")
            : null;
    }

    private static ProtocolError? CheckHeaders(JsonElement headers)
    {
        if (headers.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var count = 0;
        foreach (var header in headers.EnumerateObject())
        {
            if (++count > MaxHeaders)
            {
                return MessageErrors.Header("headers", $"at most {MaxHeaders} are sent");
            }

            var name = Bounded.Text(header.Name, 64);
            if (!IsName(header.Name))
            {
                return MessageErrors.Header(name, "a name is visible ASCII without a colon");
            }

            if (header.Value.ValueKind != JsonValueKind.String || !IsValue(header.Value.GetString()!))
            {
                return MessageErrors.Header(name, $"a value is a text of one line, at most {MaxHeaderLength} characters");
            }
        }

        return null;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxHeaderLength && name.All(c => c is > ' ' and < '\x7f' and not ':');

    private static bool IsValue(string value) => value.Length <= MaxHeaderLength && !value.Any(char.IsControl);

    private static ProtocolError Wrong(string path, string message) =>
        new(ProtocolCodes.InvalidValue, $"message.{path}: {message}");
}

/// <summary>One header of a message.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; several are joined with <c>, </c>.</param>
public readonly record struct MessageHeader(string Name, string Value);

/// <summary>The argument of Subscribe (contract/protocol.md, "Messages").</summary>
/// <param name="Subject">The subject, which may have wildcards.</param>
public sealed record SubscribeCall(string Subject)
{
    /// <summary>Reads the argument; false with the reason when it is no subject, or a refused one.</summary>
    public static bool TryRead(
        JsonElement subject, ClientSubjects rules, [NotNullWhen(true)] out SubscribeCall? call,
        [NotNullWhen(false)] out ProtocolError? error)
    {
        call = null;
        error = null;
        if (subject.ValueKind != JsonValueKind.String || StrictJson.FirstInvalid(subject, "subject") is not null)
        {
            error = new ProtocolError(ProtocolCodes.InvalidValue, "subject: expected a text");
            return false;
        }

        var text = subject.GetString()!;
        if (rules.RefuseToListen(text) is { } problem)
        {
            error = MessageErrors.Of(problem, text);
            return false;
        }

        call = new SubscribeCall(text);
        return true;
    }
}

/// <summary>The errors of Publish, Request and Subscribe, each with its <c>reason</c> in <c>details</c>.</summary>
public static class MessageErrors
{
    /// <summary>There is no link to NATS; nothing was sent.</summary>
    public static ProtocolError NotLinked { get; } =
        Make(CommandCodes.DeviceOffline, "not_linked", "the bridge has no connection to NATS; the message was not sent", true);

    /// <summary>The link was lost before the end.</summary>
    public static ProtocolError LinkLost { get; } = Make(
        CommandCodes.UnknownOutcome, "link_lost",
        "the connection to NATS was lost; it is not known whether the message arrived");

    /// <summary>The server does not take so much.</summary>
    public static ProtocolError TooLarge { get; } =
        Make(CommandCodes.InvalidParameter, "too_large", "the message is larger than the NATS server takes");

    /// <summary>Nobody subscribes to the subject of a request.</summary>
    public static ProtocolError NoResponders(string subject) =>
        Make(CommandCodes.NoResponders, "no_responders", $"nobody answers on {subject}", true, ("subject", subject));

    /// <summary>Nobody answered in time.</summary>
    public static ProtocolError NoAnswer(string subject, TimeSpan timeout) => Make(
        CommandCodes.Timeout, "no_answer", $"no answer on {subject} within {timeout.TotalSeconds:0.###} s", false,
        ("subject", subject), ("seconds", timeout.TotalSeconds));

    /// <summary>The server does not allow it.</summary>
    public static ProtocolError Denied(string what) =>
        Make(CommandCodes.Unauthorized, "denied", $"the NATS server does not let the bridge {what}");

    /// <summary>It could not be sent for another reason.</summary>
    public static ProtocolError NotSent(string why) => Make(CommandCodes.InternalError, "not_sent", why, true);

    /// <summary>A client has too many subscriptions.</summary>
    public static ProtocolError TooManySubscriptions(int limit) => Make(
        CommandCodes.RateLimited, "too_many_subscriptions", $"at most {limit} subjects are subscribed to at once", false,
        ("limit", limit));

    /// <summary>A header is wrong.</summary>
    public static ProtocolError Header(string name, string problem) => Make(
        ProtocolCodes.InvalidValue, "invalid_header", $"header {name}: {problem}", false, ("header", name), ("problem", problem));

    /// <summary>A subject is refused.</summary>
    public static ProtocolError Of(SubjectProblem problem, string subject)
    {
        var shown = Bounded.Text(subject, ClientSubjects.MaxLength);
        var (reason, message) = problem switch
        {
            SubjectProblem.Invalid => ("invalid_subject", "no valid subject"),
            SubjectProblem.Reserved => ("reserved_subject", "a subject may not begin with $, _ or a wildcard"),
            SubjectProblem.Device => ("device_subject", "a subject of a device; use the actions of its entities"),
            _ => ("bridge_subject", "a subject of the bridge itself"),
        };
        return Make(ProtocolCodes.InvalidValue, reason, $"{shown}: {message}", false, ("subject", shown));
    }

    private static ProtocolError Make(
        string code, string reason, string message, bool retryable = false,
        params ReadOnlySpan<(string Name, object Value)> words)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(128);
        using (var writer = JsonOutput.Writer(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("reason"u8, reason);
            foreach (var (name, value) in words)
            {
                if (value is string text)
                {
                    writer.WriteString(name, text);
                }
                else
                {
                    writer.WriteNumber(name, Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture));
                }
            }

            writer.WriteEndObject();
        }

        return new ProtocolError(code, message, retryable, new RawJson(buffer.WrittenMemory));
    }
}
