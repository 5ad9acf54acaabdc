using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.Zeroconf.Internal;

/// <summary>Advertises the hub from the moment at which the home's identity is known.</summary>
internal sealed partial class Advertiser(
    BridgeOptions options, IHomeStorage storage, TimeProvider time, ILogger<Advertiser> log) : BackgroundService
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!HostPort.TryParse(options.Listen, out var listen) || listen.IsLoopback || listen.Port == 0
            || options.Of<ZeroconfOptions>().IsOff)
        {
            // A background service that ends restarts the host.
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken);
        }

        await storage.Identified.WaitAsync(stoppingToken);
        var service = new Service(storage.BridgeId, Dns.GetHostName(), listen, options.Tls.Cert is not null);
        string? logged = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var responder = new Responder(service, listen.Address, time);
                await responder.RunAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is SocketException or NetworkInformationException)
            {
                if (logged != exception.Message)
                {
                    logged = exception.Message;
                    LogNotAdvertised(exception.Message);
                }

                await Task.Delay(BetweenAttempts, time, stoppingToken);
            }
        }
    }

    [LoggerMessage(3850, LogLevel.Warning,
        "The hub cannot be advertised in the local network; add it in Home Assistant by its address: {Reason}")]
    private partial void LogNotAdvertised(string reason);
}
