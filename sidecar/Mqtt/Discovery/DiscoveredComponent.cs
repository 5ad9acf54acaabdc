using System.Text.Json.Nodes;

namespace HaNatsBridge.Mqtt.Discovery;

/// <summary>One component of a discovery message, with full names of its options and full topics.</summary>
/// <param name="Component">Home Assistant's component: <c>sensor</c>, <c>light</c>, <c>device_automation</c>, …</param>
/// <param name="Id">What tells it from others of its component: <c>{node} {object}</c>.</param>
/// <param name="Topic">The topic of the message.</param>
/// <param name="Options">Its options, with <c>device</c> and <c>origin</c>; null when the message removes it.</param>
internal sealed record DiscoveredComponent(string Component, string Id, string Topic, JsonObject? Options)
{
    /// <summary>
    /// Whether the topic gives the component up to another topic (<c>migrate_discovery</c>): it stays until that one describes
    /// it.
    /// </summary>
    public bool IsMoving { get; init; }
}
