using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>What one batch tells, taken from the log under its lock and written without it. Reused by its client.</summary>
internal sealed class BatchContent
{
    /// <summary>About the most bytes of one batch: what a client must hold at once, and what waits in a socket's buffers.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The most events of one batch, so that a flood of them does not keep states back.</summary>
    public const int MaxEvents = 500;

    public List<DeviceEntry> Devices { get; } = [];

    public List<DeviceId> Removed { get; } = [];

    public List<AvailabilityEntry> Availability { get; } = [];

    public List<StateEntry> States { get; } = [];

    /// <summary>The events of the batch belong to another numbering than those before.</summary>
    public EventPosition? EventPosition { get; set; }

    public List<EventEntry> Events { get; } = [];

    public List<IssueEntry> Issues { get; } = [];

    public IReadOnlyList<LinkState>? Links { get; set; }

    /// <summary>Everything up to here has been told once this batch is applied.</summary>
    public long Seq { get; set; }

    public int Entries { get; private set; }

    public int Bytes { get; private set; }

    public bool IsFull => Entries >= BatchFrame.MaxEntries || Bytes >= MaxBytes;

    public bool IsEmpty => Entries == 0 && Links is null;

    public void Count(int bytes)
    {
        Entries++;
        Bytes += bytes;
    }

    public void Clear()
    {
        Devices.Clear();
        Removed.Clear();
        Availability.Clear();
        States.Clear();
        Events.Clear();
        Issues.Clear();
        Links = null;
        EventPosition = null;
        Entries = Bytes = 0;
    }

    /// <summary>The frame; valid until the next <see cref="Clear"/>.</summary>
    public BatchFrame AsFrame(long seq) => new()
    {
        Seq = seq,
        Devices = Devices,
        Removed = Removed,
        Availability = Availability,
        States = States,
        EventPosition = EventPosition,
        Events = Events,
        Issues = Issues,
        Links = Links,
    };
}
