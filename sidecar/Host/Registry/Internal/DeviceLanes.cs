using System.Threading.Channels;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Work on devices: what concerns one device runs in the order in which it came, different devices side by side, in a few lanes.
/// Bounded: when a lane is full, posting fails and the caller answers so.
/// </summary>
internal sealed partial class DeviceLanes : BackgroundService
{
    private const int Lanes = 8;
    private const int Waiting = 256;
    private readonly Channel<Func<CancellationToken, Task>>[] _lanes = new Channel<Func<CancellationToken, Task>>[Lanes];
    private readonly ILogger<DeviceLanes> _log;

    public DeviceLanes(ILogger<DeviceLanes> log)
    {
        _log = log;
        for (var i = 0; i < Lanes; i++)
        {
            _lanes[i] = Channel.CreateBounded<Func<CancellationToken, Task>>(
                new BoundedChannelOptions(Waiting) { SingleReader = true });
        }
    }

    /// <summary>Posts work; false when the device's lane is full.</summary>
    public bool TryPost(DeviceId id, Func<CancellationToken, Task> work) =>
        _lanes[(uint)id.GetHashCode() % Lanes].Writer.TryWrite(work);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(_lanes.Select(lane => RunLaneAsync(lane.Reader, stoppingToken)));

    private async Task RunLaneAsync(ChannelReader<Func<CancellationToken, Task>> lane, CancellationToken stoppingToken)
    {
        await foreach (var work in lane.ReadAllAsync(stoppingToken))
        {
            try
            {
                await work(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
        }
    }

    [LoggerMessage(3401, LogLevel.Error, "An announcement or removal could not be handled")]
    private partial void LogFailed(Exception exception);
}
