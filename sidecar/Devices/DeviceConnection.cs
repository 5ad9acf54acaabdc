using System.Collections.Concurrent;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Devices.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;

namespace HaNatsBridge.Devices;

/// <summary>
/// A connection to the home that one or many devices share. It announces them after each connect and whenever the home asks,
/// gives them their commands, and publishes for them. It keeps running whatever happens to the server.
/// </summary>
public sealed class DeviceConnection
{
    private readonly ConcurrentDictionary<DeviceId, Device> _devices = new();
    private readonly Lock _lock = new();
    private readonly DeviceConnectionOptions _options;
    private readonly Surroundings _surroundings;
    private Session? _session;
    private bool _isRunning;

    /// <summary>A connection that is not open yet.</summary>
    /// <exception cref="ArgumentException">
    /// The prefix or <see cref="DeviceConnectionOptions.CredentialOf"/> is no such name.
    /// </exception>
    public DeviceConnection(
        DeviceConnectionOptions options,
        ILogger? logger = null,
        TimeProvider? time = null,
        Random? random = null)
    {
        _options = options;
        _surroundings = new Surroundings(
            new HomeSubjects(options.Prefix),
            options.Scope,
            time ?? TimeProvider.System,
            new Chance(random ?? new Random()),
            logger ?? NullLogger.Instance);
    }

    /// <summary>Whether it is open now.</summary>
    public bool IsConnected => Volatile.Read(ref _session) is { IsOpen: true };

    /// <summary>The devices on it.</summary>
    public IReadOnlyCollection<Device> Devices => [.. _devices.Values];

    internal HomeSubjects Subjects => _surroundings.Subjects;

    /// <summary>Connects a device; before or while the connection runs.</summary>
    /// <exception cref="InvalidOperationException">It, or another one with its id, is connected already.</exception>
    /// <exception cref="ArgumentException">The gateway's credential is for another type.</exception>
    public void Add(Device device)
    {
        if (_surroundings.Scope.GatewayType is { } type && type != device.Id.Type)
        {
            throw new ArgumentException($"The credential is for devices of type {type}, not for {device.Id}.", nameof(device));
        }

        lock (_lock)
        {
            if (_devices.ContainsKey(device.Id) || !device.TryAttach(this))
            {
                throw new InvalidOperationException($"{device.Id} is connected already.");
            }

            _devices[device.Id] = device;
            _session?.Start(device);
        }
    }

    /// <summary>Disconnects a device without forgetting it: in the home it is offline until it is added again.</summary>
    public async Task DetachAsync(DeviceId device, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (!_devices.TryRemove(device, out var detached))
            {
                return;
            }

            detached.Detach();
            _session?.Stop(device);
        }

        await TryPublishAsync(Subjects.HealthOf(device), Payload.Of(new { status = "offline" }), null, cancellationToken);
    }

    /// <summary>Has the home forget a device, and disconnects it.</summary>
    /// <returns>The home's reply; null without one, and then it may be asked again.</returns>
    public async Task<DiscoveryReply?> RemoveAsync(DeviceId device, CancellationToken cancellationToken = default)
    {
        await DetachAsync(device, cancellationToken);
        var subject = _surroundings.Scope.IsCredential ? Subjects.RemoveOf(device) : Subjects.Remove;
        return Volatile.Read(ref _session) is { } session
            ? await session.TryRequestAsync(subject, Payload.Of(new { type = device.Type, id = device.Id }), cancellationToken)
            : null;
    }

    /// <summary>
    /// Publishes a record of something foreign that cannot become a device (contract/schemas/rejected.schema.json).
    /// </summary>
    /// <returns>Whether there was a connection.</returns>
    public ValueTask<bool> PublishRejectedAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default) =>
        TryPublishAsync(Subjects.Rejected, record, null, cancellationToken);

    /// <summary>Connects, and serves the devices until it is cancelled. Never ends by itself.</summary>
    /// <exception cref="InvalidOperationException">It runs already.</exception>
    /// <exception cref="IOException">The seed's file cannot be read.</exception>
    /// <exception cref="FormatException">The seed is none.</exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isRunning, true))
        {
            throw new InvalidOperationException("The connection runs already.");
        }

        try
        {
            await using var nats = new NatsConnection(_options.ToNats());
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await using var session = new Session(nats, _surroundings, stop.Token);
            await session.ConnectAsync();
            lock (_lock)
            {
                _session = session;
                foreach (var device in _devices.Values)
                {
                    session.Start(device);
                }
            }

            try
            {
                await session.RunAsync();
            }
            finally
            {
                lock (_lock)
                {
                    _session = null;
                }

                await stop.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            Volatile.Write(ref _isRunning, false);
        }
    }

    internal void AnnounceAgain(DeviceId device) => Volatile.Read(ref _session)?.Announce(device);

    internal ValueTask<bool> TryPublishAsync(
        string subject, ReadOnlyMemory<byte> payload, NatsHeaders? headers, CancellationToken cancellationToken) =>
        Volatile.Read(ref _session)?.TryPublishAsync(subject, payload, headers, cancellationToken) ?? ValueTask.FromResult(false);

    internal Task<bool> TryPublishAllAsync(
        string subject, IEnumerable<(byte[] Payload, NatsHeaders Headers)> messages, CancellationToken cancellationToken) =>
        Volatile.Read(ref _session)?.TryPublishAllAsync(subject, messages, cancellationToken) ?? Task.FromResult(false);
}
