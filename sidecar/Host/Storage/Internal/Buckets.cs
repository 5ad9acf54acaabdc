using HaNatsBridge.Contract.Identity;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>The buckets of the same table.</summary>
internal static class Buckets
{
    private const int ConfigRevisions = 64;
    private const int Revisions = 10;

    public static NatsKVConfig Plan(HomeBucket bucket, HomeNames names, HomeSubjects subjects) => bucket switch
    {
        HomeBucket.Devices => new NatsKVConfig(names.DevicesBucket) { History = Revisions, Description = "The registry" },
        HomeBucket.Availability => new NatsKVConfig(names.AvailabilityBucket)
        {
            History = 1,
            Description = "Who is online",
            Republish = new NatsKVRepublish { Src = $"$KV.{names.AvailabilityBucket}.>", Dest = $"{subjects.Root}.discovery.available.>" },
        },
        HomeBucket.Config => new NatsKVConfig(names.ConfigBucket)
        {
            History = ConfigRevisions,
            Description = "Versioned configuration",
            Republish = new NatsKVRepublish { Src = $"$KV.{names.ConfigBucket}.>", Dest = $"{subjects.Root}.config.>" },
        },
        HomeBucket.Automations => new NatsKVConfig(names.AutomationsBucket) { History = Revisions, Description = "Rules" },
        HomeBucket.AutomationState => new NatsKVConfig(names.AutomationStateBucket) { History = 1, Description = "Timers and other state of rules" },
        HomeBucket.Leases => new NatsKVConfig(names.LeasesBucket) { History = 1, Description = "Who does what must be single" },
        HomeBucket.Bridge => new NatsKVConfig(names.BridgeBucket) { History = 1, Description = "Bridge id and format version" },
        _ => throw new ArgumentOutOfRangeException(nameof(bucket)),
    };
}
