using System.Text;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.HttpDevices.Internal;

/// <summary>Sends events and states to the programs of the settings, while this sidecar has the lease for it.</summary>
internal sealed class OutgoingService(
    BridgeOptions options,
    ILeadership leadership,
    IStateStore states,
    IDeviceRegistry registry,
    IHomeStorage storage,
    TimeProvider time,
    ILogger<OutgoingService> log)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Of<OutgoingOptions>().Hooks.Count == 0
        // A background service that ends restarts the host.
        ? Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken)
        : leadership.For("webhooks_out").RunWhileHeldAsync(RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var limits = new HostLimits(time);
        var callers = options.Of<OutgoingOptions>().Hooks.Select(hook => (Hook: hook, Caller: new HttpCaller(hook.Target, limits, time))).ToList();
        try
        {
            await storage.Ready.WaitAsync(cancellationToken);
            await states.Ready.WaitAsync(cancellationToken);
            OutgoingHook[] hooks = [.. callers.Select(one => new OutgoingHook(one.Hook, one.Caller, storage, time, log))];
            var feed = new Feed(hooks, registry, time);
            using var subscription = states.Subscribe(feed);
            feed.IsLive = true;
            await Services.RunTogetherAsync(cancellationToken, [.. hooks.Select(hook => hook.RunAsync(cancellationToken))]);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It was stopped.
        }
        finally
        {
            callers.ForEach(one => one.Caller.Dispose());
        }
    }

    /// <summary>What there is at the beginning is not news.</summary>
    private sealed class Feed(OutgoingHook[] hooks, IDeviceRegistry registry, TimeProvider time) : IStateListener
    {
        private volatile bool _isLive;

        public bool IsLive
        {
            set => _isLive = value;
        }

        public void StateChanged(EntityState state)
        {
            if (_isLive)
            {
                var isSecret = registry.TryGet(state.Entity.Device, out var device)
                    && device.Description.TryGetEntity(state.Entity.Key, out var entity) && entity.HasSecretState;
                Send(false, state.Entity, time.GetUtcNow(), json => json["state"] = isSecret ? "***" : JsonNode.Parse(state.Value.Span));
            }
        }

        public void StateRemoved(EntityId entity)
        {
        }

        public void StatesComplete(DeviceDescription description)
        {
        }

        public void EventsNumbered(string epoch, ulong end)
        {
        }

        public void EventOccurred(DeviceEvent occurred)
        {
            if (_isLive)
            {
                Send(true, occurred.Entity, occurred.At, json =>
                {
                    json["id"] = occurred.StreamSequence;
                    json["event_type"] = occurred.EventType;
                    json["attributes"] = JsonNode.Parse(occurred.Attributes.Span);
                });
            }
        }

        private void Send(bool isEvent, EntityId entity, DateTimeOffset at, Action<JsonObject> add)
        {
            byte[]? message = null;
            foreach (var hook in hooks)
            {
                hook.Add(isEvent, entity, () => message ??= Write(isEvent, entity, at, add));
            }
        }

        private static byte[] Write(bool isEvent, EntityId entity, DateTimeOffset at, Action<JsonObject> add)
        {
            var json = new JsonObject
            {
                ["kind"] = isEvent ? "event" : "state",
                ["entity"] = entity.ToString(),
                ["at"] = at.UtcDateTime.ToString("O"),
            };
            add(json);
            return Encoding.UTF8.GetBytes(json.ToJsonString());
        }
    }
}
