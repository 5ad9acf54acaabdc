using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// <c>home.discovery.devices</c>: <c>{"after", "limit"}</c> → <c>{"devices": [{…description, "revision", "online"}], "next"}</c>,
/// by identity. A page has at most 512 KiB, unless a single device alone is larger: a reply over max_payload cuts the connection.
/// </summary>
internal sealed class ListingService(
    IHomeStorage storage, DeviceRegistry registry, DeviceRequests requests, ILogger<ListingService> log) : BackgroundService
{
    private const int MaxPage = 512 * 1024;
    private const int MaxLimit = 1000;
    private const int MaxRequest = 4096;
    private const int Waiting = 64;
    private const int Reserve = 256;
    private static readonly JsonWriterOptions Raw = new() { SkipValidation = true };

    /// <summary>Writes one page.</summary>
    /// <param name="devices">All devices.</param>
    /// <param name="after">The last one of the page before; null: from the beginning.</param>
    /// <param name="limit">How many at most.</param>
    public static byte[] Page(IEnumerable<RegisteredDevice> devices, string? after, int limit)
    {
        using var page = new MemoryStream();
        string? next = null;
        using (var json = new Utf8JsonWriter(page, Raw))
        {
            json.WriteStartObject();
            json.WriteStartArray("devices");
            var written = 0;
            string? last = null;
            foreach (var (name, device) in devices.Select(d => (d.Description.Id.ToString(), d))
                .OrderBy(d => d.Item1, StringComparer.Ordinal))
            {
                if (after is not null && string.CompareOrdinal(name, after) <= 0)
                {
                    continue;
                }

                var size = json.BytesCommitted + json.BytesPending + device.Description.Json.Length + Reserve;
                if (written == limit || (written > 0 && size > MaxPage))
                {
                    next = last;
                    break;
                }

                Write(json, device);
                written++;
                last = name;
            }

            json.WriteEndArray();
            json.WriteString("next", next);
            json.WriteEndObject();
        }

        return page.ToArray();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await registry.Ready.WaitAsync(stoppingToken);
        await requests.RunAsync(storage.Subjects.Devices, Waiting, m => AnswerAsync(m, stoppingToken), log, stoppingToken);
    }

    private static void Write(Utf8JsonWriter json, RegisteredDevice device)
    {
        using var document = JsonDocument.Parse(device.Description.Json);
        json.WriteStartObject();
        foreach (var member in document.RootElement.EnumerateObject())
        {
            member.WriteTo(json);
        }

        json.WriteNumber("revision", device.Revision);
        json.WriteBoolean("online", device.Availability.Online);
        json.WriteEndObject();
    }

    private ValueTask AnswerAsync(NatsMsg<byte[]> message, CancellationToken stoppingToken)
    {
        if (message.ReplyTo is null)
        {
            return ValueTask.CompletedTask;
        }

        var (after, limit) = Read(message.Data);
        var page = Page(registry.Snapshot(), after, limit);
        return message.ReplyAsync(page, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: stoppingToken);
    }

    /// <summary>Whatever cannot be understood means the default: the first page.</summary>
    private static (string? After, int Limit) Read(byte[]? request)
    {
        if (request is null or [] || request.Length > MaxRequest)
        {
            return (null, MaxLimit);
        }

        try
        {
            using var document = JsonDocument.Parse(request);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return (null, MaxLimit);
            }

            var after = document.RootElement.TryGetProperty("after", out var a) && a.ValueKind == JsonValueKind.String
                ? a.GetString()
                : null;
            var limit = document.RootElement.TryGetProperty("limit", out var l) && l.ValueKind == JsonValueKind.Number
                && l.TryGetInt32(out var n) && n > 0 ? n : MaxLimit;
            return (after, Math.Min(limit, MaxLimit));
        }
        catch (JsonException)
        {
            return (null, MaxLimit);
        }
    }
}
