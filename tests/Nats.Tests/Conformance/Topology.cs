namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>What a rule is proven against. "Here" and "there" are two servers of it, where it has more than one.</summary>
public enum Topology
{
    /// <summary>One server of the oldest supported version.</summary>
    Oldest,

    /// <summary>One server of the newest version.</summary>
    Newest,

    /// <summary>Three servers of the oldest version: here is the first, there the last.</summary>
    OldestCluster,

    /// <summary>Three servers of the newest version: here is the first, there the last.</summary>
    NewestCluster,

    /// <summary>A leaf without JetStream (here) on a hub whose JetStream domain is "hub" (there), both of the oldest version.</summary>
    OldestLeaf,

    /// <summary>A leaf without JetStream (here) on a hub whose JetStream domain is "hub" (there), both of the newest version.</summary>
    NewestLeaf,
}
