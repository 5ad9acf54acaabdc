using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Devices;
using HaNatsBridge.Host.ConfiguredDevices;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Webhooks.Internal;

/// <summary>The devices of the webhooks, while this sidecar has the lease for them.</summary>
internal sealed class WebhooksService(
    BridgeOptions options, IEmbeddedServer server, ILeadership leadership, TimeProvider time, ILogger<WebhooksService> log)
    : BackgroundService
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile DeviceSet? _devices;

    /// <summary>The webhooks.</summary>
    public IReadOnlyList<WebhookEntry> Entries { get; } = options.Of<WebhooksOptions>().Entries;

    /// <summary>Publishes what a request says; false: this sidecar does not take webhooks now.</summary>
    /// <exception cref="FormatException">The body says nothing that can be used; why.</exception>
    public async Task<bool> TryPublishAsync(WebhookEntry entry, ForeignMessage message, CancellationToken cancellationToken)
    {
        if (_devices is not { } devices)
        {
            return false;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            foreach (var entity in entry.Entities)
            {
                var id = new EntityId(entry.Device!.IdFor([])!.Value, entity.Key);
                if (entity.IsPicture)
                {
                    await devices.PublishPictureAsync(id, message.Payload, cancellationToken);
                }
                else if (entity.TryRead(message, out var value))
                {
                    await devices.PublishAsync(id, entity, value, cancellationToken);
                }
            }

            return true;
        }
        catch (ArgumentException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
        finally
        {
            _gate.Release();
        }
    }

    public override void Dispose()
    {
        _gate.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Entries.Count == 0
        // A background service that ends restarts the host.
        ? Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken)
        : leadership.For("webhooks").RunWhileHeldAsync(RunAsync, stoppingToken);

    private static Task RefuseAsync(DeviceCommand command, CancellationToken cancellationToken) =>
        throw new CommandException(CommandCodes.InvalidCommand, $"{command.Device} only sends; it takes no commands.");

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var home = new DeviceConnection(BridgeLogin.For(options, server) with { Name = "webhooks" }, log, time);
        var devices = new DeviceSet(home, time, RefuseAsync);
        foreach (var entry in Entries.Where(entry => entry.Device is not null))
        {
            var fields = entry.Device!.FieldsFor([]);
            if (!fields.ContainsKey("lease_seconds"))
            {
                // That nothing comes says nothing.
                fields.TryAdd("when_offline", "assumed");
            }

            devices.Ensure(entry.Device.IdFor([])!.Value, fields, entry.Entities.Select(entity => entity.For([])));
        }

        _devices = devices;
        try
        {
            await home.RunAsync(cancellationToken);
        }
        finally
        {
            _devices = null;
        }
    }
}
