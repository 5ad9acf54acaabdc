using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Pictures.Internal;

/// <summary>
/// Deletes refused pictures from HOME_IMAGES, by their sequence: what replaced one meanwhile is judged by itself. A full stream
/// takes nothing new, so this is what makes room.
/// </summary>
internal sealed partial class PictureSweeper(
    PictureStore store, IHomeStorage storage, TimeProvider time, ILogger<PictureSweeper> log) : BackgroundService
{
    private const int AtOnce = 64;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.Ready.WaitAsync(stoppingToken);
        while (true)
        {
            foreach (var chunk in (await store.TakeRefusedAsync(stoppingToken)).Chunk(AtOnce))
            {
                await DeleteAsync(chunk, stoppingToken);
            }
        }
    }

    private async Task DeleteAsync(ulong[] sequences, CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                var stream = await storage.JetStream.GetStreamAsync(storage.Names.ImagesStream, cancellationToken: stoppingToken);
                await Task.WhenAll(sequences.Select(sequence => DeleteAsync(stream, sequence, stoppingToken)));
                return;
            }
            catch (NatsException exception)
            {
                LogFailed(exception.Message);
                await Task.Delay(Pause, time, stoppingToken);
            }
        }
    }

    private static async Task DeleteAsync(INatsJSStream stream, ulong sequence, CancellationToken cancellationToken)
    {
        try
        {
            await stream.DeleteMessageAsync(new StreamMsgDeleteRequest { Seq = sequence, NoErase = true }, cancellationToken);
        }
        catch (NatsJSApiException)
        {
            // It is gone already.
        }
    }

    [LoggerMessage(2110, LogLevel.Warning, "Refused pictures could not be deleted, tried again: {Reason}")]
    private partial void LogFailed(string reason);
}
