using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Takes requests of devices in: once the registry is read, shared with the home's other sidecars, and without a reply subject
/// that must not be answered.
/// </summary>
internal sealed class DeviceRequests(
    IHomeLink link, Subscriptions subscriptions, Replies replies, DeviceRegistry registry, SenderCheck senders)
{
    /// <summary>The queue group that sidecars share.</summary>
    public const string QueueGroup = "discovery";

    /// <summary>Why a request on this subject may not be about the device; null: it may.</summary>
    public ContractError? Refuse(string subject, DeviceId device) => senders.Refuse(subject, device);

    /// <summary>Hands each request to <paramref name="handle"/>, one after the other, until stopped.</summary>
    /// <param name="subject">Where they come from.</param>
    /// <param name="capacity">How many wait at most.</param>
    /// <param name="handle">Must not wait for anything slow.</param>
    /// <param name="log">Where failures go.</param>
    /// <param name="stoppingToken">Ends it.</param>
    public async Task RunAsync(
        string subject, int capacity, Func<NatsMsg<byte[]>, ValueTask> handle, ILogger log, CancellationToken stoppingToken)
    {
        await registry.Ready.WaitAsync(stoppingToken);
        await subscriptions.RunAsync<byte[]>(
            link.Home, subject, QueueGroup, capacity, message => handle(replies.Checked(message)), log, stoppingToken);
    }
}
