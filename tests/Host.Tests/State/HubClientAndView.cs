using System.Text.Json;
using System.Threading.Channels;
using HaNatsBridge.Host.Tests.HomeAssistant;

namespace HaNatsBridge.Host.Tests.State;

/// <summary>A client of the hub that listens.</summary>
public sealed class HubClientAndView(HubClient client, ChannelReader<JsonElement> frames) : IAsyncDisposable
{
    public HubClient Client { get; } = client;

    public HomeView View { get; } = new();

    public ChannelReader<JsonElement> Frames { get; } = frames;

    public Task UntilAsync(Func<HomeView, bool> condition, string what, TimeSpan? patience = null) =>
        View.ReadUntilAsync(Frames, condition, what, patience);

    public ValueTask DisposeAsync() => Client.DisposeAsync();
}
