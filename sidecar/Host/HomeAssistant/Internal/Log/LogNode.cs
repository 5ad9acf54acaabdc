namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>Something that clients are told: it stands in its list at the place of its last change, so a client only needs to remember a number.</summary>
internal abstract class LogNode
{
    /// <summary>The number of its last change; 0 while it stands in no list.</summary>
    public long Seq { get; set; }

    public LogNode? Previous { get; set; }

    public LogNode? Next { get; set; }
}
