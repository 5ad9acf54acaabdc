using System.Globalization;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.Services.Internal;
using NATS.Client.Services.Models;

namespace NATS.Client.Services;

/// <summary>A service that runs (ADR-32).</summary>
public sealed partial class NatsSvcServer : INatsSvcServer
{
    private readonly Lock _gate = new();
    private readonly ILogger _logger;
    private readonly INatsConnection _connection;
    private readonly NatsSvcConfig _config;
    private readonly CancellationToken _cancellationToken;
    private readonly string _id = Nuid.NewNuid();
    private readonly string _started = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
    private readonly List<NatsSvcEndpointBase> _endpoints = [];
    private readonly List<SvcListener> _listeners = [];
    private readonly Dictionary<string, string> _metadata;
    private bool _stopped;

    /// <summary>Not yet started; <see cref="INatsSvcContext"/> makes one that is.</summary>
    public NatsSvcServer(INatsConnection nats, NatsSvcConfig config, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(nats);
        ArgumentNullException.ThrowIfNull(config);
        _connection = nats;
        _config = config;
        _cancellationToken = cancellationToken;
        _logger = nats.Opts.LoggerFactory.CreateLogger<NatsSvcServer>();
        _metadata = config.Metadata is { } metadata ? new Dictionary<string, string>(metadata) : [];
    }

    /// <inheritdoc/>
    public async ValueTask StopAsync(CancellationToken cancellationToken = default)
    {
        List<IAsyncDisposable> parts;
        lock (_gate)
        {
            _stopped = true;
            parts = [.. _listeners, .. _endpoints];
            _listeners.Clear();
            _endpoints.Clear();
        }

        // At once, for each asks the server for the last message that is on its way.
        await Task.WhenAll(parts.Select(static part => part.DisposeAsync().AsTask())).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => StopAsync();

    /// <inheritdoc/>
    public ValueTask AddEndpointAsync<T>(
        Func<NatsSvcMsg<T>, ValueTask> handler,
        string? name = default,
        string? subject = default,
        string? queueGroup = default,
        IDictionary<string, string>? metadata = default,
        INatsDeserialize<T>? serializer = default,
        CancellationToken cancellationToken = default) =>
        AddAsync(handler, name, subject, null, queueGroup ?? _config.DefaultQueueGroup, metadata, serializer, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Group> AddGroupAsync(string name, string? queueGroup = default, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new Group(this, name, queueGroup, cancellationToken));

    /// <inheritdoc/>
    public StatsResponse GetStats() => new()
    {
        Name = _config.Name,
        Id = _id,
        Version = _config.Version,
        Metadata = _metadata,
        Endpoints = [.. Endpoints().Select(endpoint => endpoint.DescribeStats(_config, _logger))],
        Started = _started,
    };

    /// <inheritdoc/>
    public InfoResponse GetInfo() => new()
    {
        Name = _config.Name,
        Id = _id,
        Version = _config.Version,
        Description = _config.Description ?? string.Empty,
        Metadata = _metadata,
        Endpoints = [.. Endpoints().Select(static endpoint => endpoint.DescribeInfo())],
    };

    /// <summary>Answers discovery from now on: to all, to those who know the name, and to those who know the id.</summary>
    internal async ValueTask StartAsync()
    {
        foreach (var verb in SvcVerb.All)
        {
            string[] subjects = [$"$SRV.{verb.Name}", $"$SRV.{verb.Name}.{_config.Name}", $"$SRV.{verb.Name}.{_config.Name}.{_id}"];
            foreach (var subject in subjects)
            {
                var sub = await _connection.SubscribeCoreAsync<ReadOnlyMemory<byte>>(
                    subject,
                    serializer: JetStream.Internal.RawSerializer.Default,
                    cancellationToken: _cancellationToken);
                lock (_gate)
                {
                    _listeners.Add(new SvcListener(_logger, sub, () => verb.Describe(this)));
                }
            }
        }

        // Whoever asks after the service was added finds it.
        await _connection.PingAsync(_cancellationToken);
    }

    internal PingResponse GetPing() => new() { Name = _config.Name, Id = _id, Version = _config.Version, Metadata = _metadata };

    private List<NatsSvcEndpointBase> Endpoints()
    {
        lock (_gate)
        {
            return [.. _endpoints];
        }
    }

    private async ValueTask AddAsync<T>(
        Func<NatsSvcMsg<T>, ValueTask> handler,
        string? name,
        string? subject,
        string? group,
        string? queueGroup,
        IDictionary<string, string>? metadata,
        INatsDeserialize<T>? serializer,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (name is null && subject is null)
        {
            throw new ArgumentException("An endpoint needs a name or a subject", nameof(name));
        }

        name ??= subject!.Replace(".", "-", StringComparison.Ordinal);
        SvcNames.CheckName(name, "endpoint", nameof(name));
        var full = string.IsNullOrEmpty(group) ? subject ?? name : $"{group}.{subject ?? name}";

        // The token ends the endpoint, which still answers what the server has sent by then; given to the subscription, it would end that first.
        await _connection.ConnectAsync().AsTask().WaitAsync(cancellationToken);
        var sub = await _connection.SubscribeCoreAsync(full, queueGroup, serializer, cancellationToken: CancellationToken.None);
        var endpoint = new NatsSvcEndpoint<T>(
            _logger,
            sub,
            name,
            metadata is null ? null : new Dictionary<string, string>(metadata),
            handler,
            cancellationToken);
        bool stopped;
        lock (_gate)
        {
            stopped = _stopped;
            if (!stopped)
            {
                _endpoints.Add(endpoint);
            }
        }

        if (stopped)
        {
            await endpoint.DisposeAsync();
            throw new NatsSvcException($"The service {_config.Name} is stopped");
        }

        await _connection.PingAsync(cancellationToken);
    }
}
