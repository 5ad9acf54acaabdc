using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.ConfiguredDevices;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.RestGateway.Internal;

/// <summary>
/// Answers <c>POST /api/announce</c> and <c>POST /api/devices/{type}/{id}/state</c>, for devices that have no credential of their
/// own. States go out on the connection for commands: what was answered as failed is never sent later.
/// </summary>
internal sealed class DeviceWrites(
    AnnounceRequest announce,
    IDeviceRegistry registry,
    IFleet fleet,
    IHomeStorage storage,
    ICommandLink link,
    TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task AnnounceAsync(HttpContext context)
    {
        if (!registry.Ready.IsCompletedSuccessfully)
        {
            await Reply.NotReadyAsync(context);
        }
        else if (await Reply.BodyAsync(context, AnnouncementReader.MaxBytes) is { } body)
        {
            await InTimeAsync(context, async cancellationToken =>
            {
                var json = await announce.AskAsync(body, cancellationToken);
                var isOk = json?["ok"]?.GetValue<bool>() == true;
                var isUnstored = json?["errors"]?.AsArray().Any(error => $"{error?["code"]}" == AnnounceCodes.NotStored) == true;
                var status = isOk ? StatusCodes.Status200OK
                    : json is null || isUnstored ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status422UnprocessableEntity;
                await Reply.JsonAsync(context, status, json ?? new JsonObject { ["ok"] = false });
            });
        }
    }

    public async Task StateAsync(HttpContext context)
    {
        if (!registry.Ready.IsCompletedSuccessfully)
        {
            await Reply.NotReadyAsync(context);
        }
        else if (Reply.DeviceOf(context) is not { } id || !registry.TryGet(id, out var device))
        {
            await Reply.UnknownAsync(context);
        }
        else if (fleet.Of(id) is not null)
        {
            await Reply.ErrorAsync(
                context, StatusCodes.Status403Forbidden, CommandCodes.Unauthorized,
                $"{id} has a credential of its own: only who has it publishes its states.");
        }
        else if (await Reply.BodyAsync(context, StateFeature.MaxStateBytes) is { } body)
        {
            if (ProblemOf(device.Description, body) is { } problem)
            {
                await Reply.ErrorAsync(context, StatusCodes.Status400BadRequest, AnnounceCodes.InvalidValue, problem);
                return;
            }

            await InTimeAsync(context, async cancellationToken =>
            {
                var connection = await link.OpenedAsync(cancellationToken);
                using var alive = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, connection.Lost);
                var inbox = await connection.InboxAsync(alive.Token);
                var denied = await inbox.PublishAsync(storage.Subjects.StateOf(id), body, null, alive.Token);
                await (denied is null
                    ? Reply.JsonAsync(context, StatusCodes.Status200OK, new JsonObject { ["ok"] = true })
                    : Reply.ErrorAsync(context, StatusCodes.Status502BadGateway, CommandCodes.Unauthorized, denied));
            });
        }
    }

    private static string? ProblemOf(DeviceDescription description, byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind != JsonValueKind.Object
                ? "The body is a JSON object with a member for each entity."
                : json.RootElement.EnumerateObject().Select(member => member.Name)
                    .FirstOrDefault(key => !description.TryGetEntity(key, out _)) is { } unknown
                    ? $"{description.Id} has no entity {unknown[..Math.Min(unknown.Length, Token.MaxLength)]}."
                    : null;
        }
        catch (JsonException exception)
        {
            return $"The body is no JSON: {exception.Message}";
        }
    }

    private async Task InTimeAsync(HttpContext context, Func<CancellationToken, Task> send)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        try
        {
            await send(until.Token);
        }
        catch (Exception exception)
            when (exception is NatsException or OperationCanceledException or ObjectDisposedException or JsonException
                && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await Reply.ErrorAsync(
                context, StatusCodes.Status503ServiceUnavailable, CommandCodes.Timeout, "NATS did not take it in time. Try it again.");
        }
    }
}
