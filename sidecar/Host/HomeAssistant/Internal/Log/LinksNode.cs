using HaNatsBridge.Contract.Protocol;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>The sidecar's links outwards.</summary>
internal sealed class LinksNode : LogNode
{
    public IReadOnlyList<LinkState> Links { get; set; } = [];
}
