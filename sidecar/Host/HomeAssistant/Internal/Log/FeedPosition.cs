namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>How far one client has been told, list by list. Devices run ahead of states, so that no state comes before its device.</summary>
internal sealed class FeedPosition
{
    public long Structure { get; set; }

    public long States { get; set; }

    public long Events { get; set; }

    public long Issues { get; set; }

    public long Links { get; set; }

    /// <summary>Removals and mended issues up to here are left out: the client gets everything, and what it is not told of is gone. 0 when it resumes.</summary>
    public long FullUntil { get; init; }
}
