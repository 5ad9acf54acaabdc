using NATS.Client.Core;
using NATS.Client.Services.Models;

namespace NATS.Client.Services;

/// <summary>A service that runs (ADR-32): it answers PING, INFO and STATS until it is stopped.</summary>
public interface INatsSvcServer : IAsyncDisposable
{
    /// <summary>Stops it: no new requests; those at work are finished.</summary>
    ValueTask StopAsync(CancellationToken cancellationToken = default);

    /// <summary>Adds an endpoint.</summary>
    /// <param name="handler">Gets one request after the other.</param>
    /// <param name="name">Its name; without it the subject with dashes.</param>
    /// <param name="subject">Its subject; without it the name.</param>
    /// <param name="queueGroup">Its queue group; without it the service's.</param>
    /// <param name="metadata">Additional data.</param>
    /// <param name="serializer">Reads the requests; without it the connection's.</param>
    /// <param name="cancellationToken">Stops the endpoint.</param>
    ValueTask AddEndpointAsync<T>(
        Func<NatsSvcMsg<T>, ValueTask> handler,
        string? name = default,
        string? subject = default,
        string? queueGroup = default,
        IDictionary<string, string>? metadata = default,
        INatsDeserialize<T>? serializer = default,
        CancellationToken cancellationToken = default);

    /// <summary>A group: its endpoints have subjects that begin with its name.</summary>
    ValueTask<NatsSvcServer.Group> AddGroupAsync(string name, string? queueGroup = default, CancellationToken cancellationToken = default);

    /// <summary>Its figures.</summary>
    StatsResponse GetStats();

    /// <summary>Its description.</summary>
    InfoResponse GetInfo();
}
