namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>For <c>[TestFixtureSource(typeof(Topologies), nameof(…))]</c>: where the rules of a fixture are proven.</summary>
public static class Topologies
{
    /// <summary>A rule that holds with every server, however servers are joined.</summary>
    public static IEnumerable<Topology> Everywhere => Enum.GetValues<Topology>();

    /// <summary>A rule of one server's conversation with its client.</summary>
    public static IEnumerable<Topology> Alone => [Topology.Oldest, Topology.Newest];

    /// <summary>A rule about what servers learned after 2.9.</summary>
    public static IEnumerable<Topology> New => [Topology.Newest, Topology.NewestCluster, Topology.NewestLeaf];
}
