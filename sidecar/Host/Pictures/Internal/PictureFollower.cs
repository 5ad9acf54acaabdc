using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Pictures.Internal;

/// <summary>
/// Follows HOME_IMAGES from its first message. The server sends only headers, so memory does not grow with pictures.
/// </summary>
internal sealed partial class PictureFollower(
    PictureStore store, IHomeStorage storage, StreamFollower follower, IDeviceRegistry registry, TimeProvider time,
    ILogger<PictureFollower> log) : BackgroundService, IStreamReader
{
    private const int Headers = 2_000;

    private readonly LogPause _pause = new(time);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        await registry.Ready.WaitAsync(stoppingToken);
        using var subscription = registry.Subscribe(store);
        await ReadSizeAsync(stoppingToken);
        var start = new StreamStart(storage.Names.ImagesStream) { HeadersOnly = true, Buffer = Headers };
        await follower.FollowAsync(start, this, stoppingToken);
    }

    void IStreamReader.Read(in StreamMessage message)
    {
        if (store.Apply(message) is { } problem && _pause.TryPass())
        {
            LogRefused(message.Subject, problem);
        }
    }

    void IStreamReader.CaughtUp() => store.SetReady();

    private async Task ReadSizeAsync(CancellationToken stoppingToken)
    {
        var backOff = new OutageBackOff(time);
        while (true)
        {
            try
            {
                var images = await storage.JetStream.GetStreamAsync(storage.Names.ImagesStream, cancellationToken: stoppingToken);
                var largest = storage.JetStream.Connection.ServerInfo?.MaxPayload ?? (int)StorageDeclarations.Mebibyte;
                store.SetSize(images.Info.Config.MaxBytes, largest);
                return;
            }
            catch (NatsException)
            {
                await backOff.WaitAsync(stoppingToken);
            }
        }
    }

    [LoggerMessage(2100, LogLevel.Warning, "A picture on {Subject} is not retained: {Problem} (logged once a minute)")]
    private partial void LogRefused(string subject, string problem);
}
