using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Messages;

/// <summary>The last message of a subject, from the streams that store it.</summary>
internal sealed partial class LastMessages(IHomeStorage storage, ILogger<LastMessages> log)
{
    /// <summary>No message with this sequence, subject or name (JSNoMessageFoundErr).</summary>
    private const int NotFound = 10037;

    /// <summary>The last message; null: no stream has one, or the subject has wildcards.</summary>
    public async Task<ClientMessage?> FindAsync(string subject, CancellationToken cancellationToken)
    {
        if (ClientSubjects.IsPattern(subject))
        {
            return null;
        }

        StoredMessage? newest = null;
        try
        {
            await foreach (var name in storage.JetStream.ListStreamNamesAsync(subject, cancellationToken))
            {
                if (await ReadAsync(name, subject, cancellationToken) is { } stored && !(stored.Time <= newest?.Time))
                {
                    newest = stored;
                }
            }
        }
        catch (Exception e) when (e is NatsException or TimeoutException)
        {
            LogNotRead(subject, e.Message);
        }

        return newest is null ? null : Of(subject, newest.Data.ToArray(), HeadersOf(newest.Hdrs));
    }

    /// <summary>A message as clients receive it: without its payload when that is too large.</summary>
    public static ClientMessage Of(string subject, byte[]? data, NatsHeaders? headers)
    {
        data ??= [];
        return new ClientMessage(
            subject, data.Length > ClientMessage.MaxPayload ? null : data, MessageSender.HeadersOf(headers));
    }

    private async Task<StoredMessage?> ReadAsync(string stream, string subject, CancellationToken cancellationToken)
    {
        try
        {
            var reader = await storage.JetStream.GetStreamAsync(stream, cancellationToken: cancellationToken);
            var found = await reader.GetAsync(new StreamMsgGetRequest { LastBySubj = subject }, cancellationToken);
            return found.Message;
        }
        catch (NatsJSApiException e) when (e.Error.ErrCode == NotFound || e.Error.Code == 404)
        {
            return null;
        }
    }

    private static NatsHeaders? HeadersOf(string? base64)
    {
        if (string.IsNullOrEmpty(base64))
        {
            return null;
        }

        var headers = new NatsHeaders();
        var text = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(base64));
        foreach (var line in text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                headers[line[..colon]] = line[(colon + 1)..].Trim();
            }
        }

        return headers;
    }

    [LoggerMessage(6031, LogLevel.Warning, "The last message on {Subject} could not be read: {Reason}")]
    private partial void LogNotRead(string subject, string reason);
}
