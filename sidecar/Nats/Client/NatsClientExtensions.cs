using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;
using NATS.Client.Services;

namespace NATS.Net;

/// <summary>From a client or connection to its JetStream, buckets and services.</summary>
public static class NatsClientExtensions
{
    /// <summary>The JetStream of a client.</summary>
    public static INatsJSContext CreateJetStreamContext(this INatsClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new NatsJSContext(client.Connection);
    }

    /// <summary>The JetStream of a client, for example in a domain.</summary>
    public static INatsJSContext CreateJetStreamContext(this INatsClient client, NatsJSOpts opts)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new NatsJSContext(client.Connection, opts);
    }

    /// <summary>The buckets of a client.</summary>
    public static INatsKVContext CreateKeyValueStoreContext(this INatsClient client) => new NatsKVContext(client.CreateJetStreamContext());

    /// <summary>The buckets of a client, with options of their own.</summary>
    public static INatsKVContext CreateKeyValueStoreContext(this INatsClient client, NatsKVOpts opts) => new NatsKVContext(client.CreateJetStreamContext(), opts);

    /// <summary>The buckets of a JetStream.</summary>
    public static INatsKVContext CreateKeyValueStoreContext(this INatsJSContext context) => new NatsKVContext(context);

    /// <summary>The buckets of a JetStream, with options of their own.</summary>
    public static INatsKVContext CreateKeyValueStoreContext(this INatsJSContext context, NatsKVOpts opts) => new NatsKVContext(context, opts);

    /// <summary>The services of a client.</summary>
    public static INatsSvcContext CreateServicesContext(this INatsClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new NatsSvcContext(client.Connection);
    }
}
