using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>A repair that stands, or that was mended and is kept so that clients hear of it.</summary>
internal sealed class IssueNode : LogNode
{
    public required Repair Repair { get; set; }

    public required bool Active { get; set; }
}
