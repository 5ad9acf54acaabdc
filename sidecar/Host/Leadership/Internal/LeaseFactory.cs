using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.Leadership.Internal;

/// <summary>Makes leases. All of a process have the same holder: a random name per start.</summary>
internal sealed class LeaseFactory(
    IHomeLink link,
    IHomeStorage storage,
    Subscriptions subscriptions,
    LeaseTimings timings,
    TimeProvider time,
    ILogger<Lease> log) : ILeadership
{
    private readonly string _instance = Guid.NewGuid().ToString("N")[..16];

    public ILease For(string job) => new Lease(job, _instance, link, storage, subscriptions, timings, time, log);
}
