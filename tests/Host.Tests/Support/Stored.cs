using NATS.Client.Core;
using NATS.Client.JetStream;

namespace HaNatsBridge.Host.Tests.Support;

/// <summary>Publishing as a device does it: the server acknowledges nothing, so what is stored is looked up.</summary>
internal static class Stored
{
    /// <summary>Publishes, and waits until the stream has a later message than before.</summary>
    public static async Task PublishAsync<T>(INatsJSContext jetStream, string streamName, string subject, T data)
    {
        var stream = await jetStream.GetStreamAsync(streamName);
        var before = stream.Info.State.LastSeq;
        await jetStream.Connection.PublishAsync(subject, data);
        await HaNatsBridge.Tests.Support.Eventually.TrueAsync(
            async () =>
            {
                await stream.RefreshAsync();
                return stream.Info.State.LastSeq > before;
            },
            $"{subject} is stored");
    }
}
