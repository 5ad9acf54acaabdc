using System.Buffers;
using System.Globalization;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Pictures;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Storage;
using Microsoft.Net.Http.Headers;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Pictures.Internal;

/// <summary>
/// Answers <c>GET /api/pictures/{type}/{id}/{key}</c>. The type that it sends is that of the bytes, whatever the device says:
/// only pictures leave here, and nothing that a browser executes.
/// </summary>
internal sealed class PictureEndpoint(
    PictureStore store, PictureRequests requests, IDeviceRegistry registry, IHomeStorage storage, TimeProvider time) : IDisposable
{
    /// <summary>Pictures in memory at the same time.</summary>
    private const int AtOnce = 16;

    /// <summary>How long a client may take to read one.</summary>
    private static readonly TimeSpan MaySend = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _free = new(AtOnce);

    public async Task GetAsync(HttpContext context)
    {
        try
        {
            await AnswerAsync(context, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client is gone, or does not read.
            context.Abort();
        }
    }

    public void Dispose() => _free.Dispose();

    private async Task AnswerAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (!store.Ready.IsCompletedSuccessfully)
        {
            await RefuseAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                NotReady("the bridge has not read its state from NATS yet"));
        }
        else if (EntityOf(context.Request) is not { } entity || Describe(entity) is not { MayHavePicture: true } description)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, None("there is no such camera, image or media player"));
        }
        else if (description.OnDemand)
        {
            await AskAsync(context, entity, cancellationToken);
        }
        else
        {
            await ReadAsync(context, entity, cancellationToken);
        }
    }

    private async Task AskAsync(HttpContext context, EntityId entity, CancellationToken cancellationToken)
    {
        var outcome = await requests.AskAsync(entity, cancellationToken);
        if (outcome.Picture is not { } picture)
        {
            var code = outcome.Code ?? CommandCodes.InternalError;
            var status = code switch
            {
                CommandCodes.Timeout => StatusCodes.Status504GatewayTimeout,
                CommandCodes.InternalError => StatusCodes.Status502BadGateway,
                _ => StatusCodes.Status503ServiceUnavailable,
            };
            await RefuseAsync(context, status, new ProtocolError(code, outcome.Message ?? "no picture", outcome.Retryable));
            return;
        }

        await _free.WaitAsync(cancellationToken);
        try
        {
            await SendAsync(context, picture, cancellationToken);
        }
        finally
        {
            _free.Release();
        }
    }

    private async Task ReadAsync(HttpContext context, EntityId entity, CancellationToken cancellationToken)
    {
        if (store.Find(entity) is not { } stored)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, None("the device has not published a picture"));
            return;
        }

        if (context.Request.Headers.IfNoneMatch.Contains(TagOf(stored)))
        {
            context.Response.Headers.ETag = TagOf(stored);
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await _free.WaitAsync(cancellationToken);
        try
        {
            using var picture = await FetchAsync(stored, cancellationToken);
            if (picture.Length == 0)
            {
                await RefuseAsync(
                    context,
                    StatusCodes.Status404NotFound,
                    None("the picture was just replaced or removed") with { Retryable = true });
                return;
            }

            context.Response.Headers.ETag = TagOf(stored);
            context.Response.Headers.LastModified = stored.At.ToString("R", CultureInfo.InvariantCulture);
            await SendAsync(context, picture.Memory, cancellationToken);
        }
        catch (NatsException exception)
        {
            await RefuseAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                NotReady($"NATS does not answer: {exception.Message}"));
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>The very message that is known: what replaced it is another picture. Empty: it is gone.</summary>
    private async Task<NatsMemoryOwner<byte>> FetchAsync(Picture stored, CancellationToken cancellationToken)
    {
        var stream = await storage.JetStream.GetStreamAsync(storage.Names.ImagesStream, cancellationToken: cancellationToken);
        var message = await stream.GetDirectAsync(
            new StreamMsgGetRequest { Seq = stored.StreamSequence },
            NatsRawSerializer<NatsMemoryOwner<byte>>.Default,
            cancellationToken);
        return message.Data;
    }

    private async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> picture, CancellationToken cancellationToken)
    {
        var response = context.Response;
        if (PictureTypes.Of(picture.Span) is not { } type)
        {
            response.Headers.Remove(HeaderNames.ETag);
            response.Headers.Remove(HeaderNames.LastModified);
            var accepted = string.Join(", ", PictureTypes.All);
            await RefuseAsync(context, StatusCodes.Status502BadGateway, new ProtocolError(
                CommandCodes.InternalError, $"what the device published is no picture; accepted are {accepted}"));
            return;
        }

        response.ContentType = type;
        response.ContentLength = picture.Length;
        using var patience = new CancellationTokenSource(MaySend, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        await response.Body.WriteAsync(picture, end.Token);
    }

    private EntityDescription? Describe(EntityId entity) =>
        registry.TryGet(entity.Device, out var device) && device.Description.TryGetEntity(entity.Key, out var description)
            ? description
            : null;

    private static EntityId? EntityOf(HttpRequest request)
    {
        var route = request.RouteValues;
        var (type, id, key) = (route["type"] as string, route["id"] as string, route["key"] as string);
        return DeviceId.TryParse($"{type}.{id}", out var device) && Token.IsValid(key) ? new EntityId(device, key!) : null;
    }

    /// <summary>With the time, since the numbers of a stream that was made anew begin again.</summary>
    private static string TagOf(Picture picture) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{picture.StreamSequence:x}-{picture.At.ToUnixTimeMilliseconds():x}\"");

    private static ProtocolError NotReady(string message) => new(ProtocolCodes.NotReady, message, Retryable: true);

    private static ProtocolError None(string message) => new(ProtocolCodes.NoPicture, message);

    private static async Task RefuseAsync(HttpContext context, int status, ProtocolError error)
    {
        var body = new ArrayBufferWriter<byte>();
        error.WriteResult(body);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }
}
