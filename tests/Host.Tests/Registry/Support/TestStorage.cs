using System.Collections.Concurrent;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Tests.Registry.Support;

/// <summary>Just the streams and buckets that discovery touches, on a real server.</summary>
internal sealed class TestStorage : IHomeStorage
{
    private readonly ConcurrentDictionary<string, INatsKVStore> _buckets = [];
    private int _replicas = 1;

    public TestStorage(INatsConnection connection) => JetStream = new NatsJSContext(connection);

    public HomeSubjects Subjects { get; } = new("home");

    public HomeNames Names { get; } = new("home");

    public INatsJSContext JetStream { get; }

    public Task Identified => Task.CompletedTask;

    public Task Ready { get; private set; } = Task.CompletedTask;

    public string BridgeId => "k3v9x2qa";

    public static async Task<TestStorage> OpenAsync(INatsConnection connection, int replicas = 1)
    {
        var storage = new TestStorage(connection) { _replicas = replicas };
        await storage.StreamAsync(
            storage.Names.TelemetryStream,
            storage.Subjects.AllStates,
            storage.Subjects.AllEntityStates,
            storage.Subjects.AllHealth);
        await storage.StreamAsync(storage.Names.ImagesStream, storage.Subjects.AllImages);

        // All at once: in a cluster each takes its time to find a leader.
        await Task.WhenAll(
            storage.JetStream.CreateOrUpdateStreamAsync(
                new StreamConfig
                {
                    Name = storage.Names.StateStream,
                    Sources = [new StreamSource { Name = storage.Names.TelemetryStream }],
                    MaxMsgsPerSubject = 1,
                }).AsTask(),
            storage.StreamAsync(storage.Names.DlqStream, storage.Subjects.AllDlq, storage.Subjects.Rejected),
            storage.BucketAsync(new NatsKVConfig(storage.Names.DevicesBucket) { History = 10 }),
            storage.BucketAsync(new NatsKVConfig(storage.Names.AvailabilityBucket)
            {
                Republish = new NatsKVRepublish { Src = "$KV.home_availability.>", Dest = "home.discovery.available.>" },
            }),
            storage.BucketAsync(new NatsKVConfig(storage.Names.LeasesBucket)),
            storage.BucketAsync(new NatsKVConfig(storage.Names.BridgeBucket)));
        return storage;
    }

    public ValueTask EnsureThisHomeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public INatsKVStore Bucket(string name) => _buckets[name];

    private async Task StreamAsync(string name, params string[] subjects) =>
        await JetStream.CreateOrUpdateStreamAsync(
            new StreamConfig(name, subjects)
            {
                AllowDirect = true, NumReplicas = _replicas, NoAck = name == Names.TelemetryStream || name == Names.ImagesStream,
            });

    private async Task BucketAsync(NatsKVConfig config)
    {
        var context = new NatsKVContext(JetStream);
        _buckets[config.Bucket] = await context.CreateOrUpdateStoreAsync(config with { NumberOfReplicas = _replicas });
    }
}
