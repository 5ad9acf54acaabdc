using HaNatsBridge.Contract.Protocol;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>How far one client has been told, list by list. Devices run ahead of states, so that no state comes before its device.</summary>
internal sealed class FeedPosition
{
    public long Structure { get; set; }

    public long States { get; set; }

    public long Events { get; set; }

    /// <summary>Which numbering of events the client has been told; null while there is none.</summary>
    public EventPosition? EventEra { get; set; }

    /// <summary>Where the client stands among the events when it begins: what its begin frame says.</summary>
    public EventPosition? EventsFrom { get; init; }

    public long Issues { get; set; }

    public long Links { get; set; }

    /// <summary>Removals and mended issues up to here are left out: the client gets everything, and what it is not told of is gone. 0 when it resumes.</summary>
    public long FullUntil { get; init; }
}
