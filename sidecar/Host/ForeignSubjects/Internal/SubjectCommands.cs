using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Devices;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.ForeignSubjects.Internal;

/// <summary>
/// Publishes commands on subjects of the settings. They go out on the connection for commands: what was reported as failed is
/// never sent later.
/// </summary>
internal sealed class SubjectCommands(ICommandLink link)
{
    private const int LongestMessage = 500;

    /// <summary>The header in which a NATS service reports an error.</summary>
    private const string ServiceError = "Nats-Service-Error";

    /// <exception cref="CommandException">It could not be sent, or the program refused it.</exception>
    public async Task SendAsync(SubjectCommand where, string subject, DeviceCommand command, CancellationToken cancellationToken)
    {
        var payload = Encoding.UTF8.GetBytes(where.Text.Render(command));
        try
        {
            var connection = await link.OpenedAsync(cancellationToken);
            using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, connection.Lost);
            var inbox = await connection.MessageInboxAsync(until.Token);
            if (!where.IsRequest)
            {
                var denied = await inbox.PublishAsync(subject, payload, null, until.Token);
                command.Confirmed = denied is null ? false : throw Refused($"The NATS server does not allow it: {denied}.");
                return;
            }

            Read(await inbox.AskAsync(subject, payload, () => { }, cancellationToken: until.Token), subject, command);
        }
        catch (Exception exception) when (exception is NatsException or ObjectDisposedException)
        {
            throw Refused($"The command could not be sent on {subject}: {exception.Message}");
        }
    }

    private static void Read(InboxReply reply, string subject, DeviceCommand command)
    {
        if (reply.Denied is { } denied)
        {
            throw Refused($"The NATS server does not allow it: {denied}.");
        }

        if (reply.HasNoResponders)
        {
            throw CommandException.Offline($"No program listens on {subject}.");
        }

        if (reply.Headers is { } headers && headers.TryGetValue(ServiceError, out var said))
        {
            throw Refused(Short(said.ToString()));
        }

        try
        {
            var json = JsonSerializer.Deserialize<JsonElement>(reply.Payload.Length == 0 ? "null"u8 : reply.Payload);
            if (json.ValueKind != JsonValueKind.Object)
            {
                return;
            }

            if (json.TryGetProperty("error", out var error) && error.ValueKind is not (JsonValueKind.Null or JsonValueKind.False))
            {
                throw ErrorOf(error);
            }

            if (json.TryGetProperty("ok", out var ok) && ok.ValueKind == JsonValueKind.False)
            {
                throw Refused("The program answered that it did not do it.");
            }

            command.Response = json;
        }
        catch (JsonException)
        {
            // An answer in its own words is an answer.
        }
    }

    private static CommandException ErrorOf(JsonElement error)
    {
        var message = error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out var text) ? text : error;
        var code = error.ValueKind == JsonValueKind.Object && error.TryGetProperty("code", out var named) ? named.ToString() : "";
        string[] known =
        [
            CommandCodes.DeviceOffline, CommandCodes.InvalidCommand, CommandCodes.InvalidParameter, CommandCodes.Unauthorized,
            CommandCodes.Timeout, CommandCodes.Busy,
        ];
        return new CommandException(known.Contains(code) ? code : CommandCodes.InternalError, Short(message.ToString()));
    }

    private static CommandException Refused(string message) => new(CommandCodes.InternalError, message);

    private static string Short(string text) => text.Length <= LongestMessage ? text : text[..LongestMessage] + "…";
}
