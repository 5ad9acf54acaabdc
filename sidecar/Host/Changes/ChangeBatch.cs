using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;

namespace HaNatsBridge.Host.Changes;

/// <summary>
/// What a reader takes at once: at most 1,000 entries and about 256 KiB. To be applied in the order of the members. Made once
/// and filled again by each <see cref="ChangeReader.TryTake"/>.
/// </summary>
public sealed class ChangeBatch
{
    /// <summary>
    /// About the most bytes of one batch: what a reader must hold at once, and what waits in a socket's buffers.
    /// </summary>
    private const int MaxBytes = 256 * 1024;

    /// <summary>The most events of one batch, so that a flood of them does not delay states.</summary>
    private const int MaxEvents = 500;

    private readonly List<DeviceEntry> _devices = [];
    private readonly List<DeviceId> _removed = [];
    private readonly List<AvailabilityEntry> _availability = [];
    private readonly List<StateEntry> _states = [];
    private readonly List<PictureEntry> _pictures = [];
    private readonly List<EventEntry> _events = [];
    private readonly List<IssueEntry> _issues = [];
    private int _bytes;

    /// <summary>New and changed devices, gateways first.</summary>
    public IReadOnlyList<DeviceEntry> Devices => _devices;

    /// <summary>Removed devices.</summary>
    public IReadOnlyList<DeviceId> Removed => _removed;

    /// <summary>Changes of availability.</summary>
    public IReadOnlyList<AvailabilityEntry> Availability => _availability;

    /// <summary>The newest states of entities.</summary>
    public IReadOnlyList<StateEntry> States => _states;

    /// <summary>The newest pictures of entities.</summary>
    public IReadOnlyList<PictureEntry> Pictures => _pictures;

    /// <summary>Events, in order.</summary>
    public IReadOnlyList<EventEntry> Events => _events;

    /// <summary>Repairs raised and cleared.</summary>
    public IReadOnlyList<IssueEntry> Issues => _issues;

    /// <summary>All links, when one changed; else null.</summary>
    public IReadOnlyList<LinkState>? Links { get; internal set; }

    /// <summary>Whether states of these devices, or of devices of earlier batches, follow in the next batch.</summary>
    public bool More { get; internal set; }

    /// <summary>The position that is reached once this batch is applied.</summary>
    public long Seq { get; internal set; }

    /// <summary>How many entries it has.</summary>
    public int Entries { get; private set; }

    internal bool IsFull => Entries >= BatchFrame.MaxEntries || _bytes >= MaxBytes;

    internal bool HasRoomForEvents => _events.Count < MaxEvents;

    internal bool IsEmpty => Entries == 0 && Links is null;

    internal void Add(DeviceEntry device) => Add(_devices, device, device.Description.Json.Length + 100);

    internal void Add(DeviceId removed) => Add(_removed, removed, 50);

    internal void Add(AvailabilityEntry availability) => Add(_availability, availability, 100);

    internal void Add(StateEntry state) => Add(_states, state, state.Value.Length + 40);

    internal void Add(PictureEntry picture) => Add(_pictures, picture, 150);

    internal void Add(EventEntry occurred) => Add(_events, occurred, occurred.Attributes.Length + 200);

    internal void Add(IssueEntry issue) => Add(_issues, issue, 300);

    internal void Clear()
    {
        _devices.Clear();
        _removed.Clear();
        _availability.Clear();
        _states.Clear();
        _pictures.Clear();
        _events.Clear();
        _issues.Clear();
        Links = null;
        More = false;
        Entries = _bytes = 0;
    }

    private void Add<T>(List<T> list, T entry, int bytes)
    {
        list.Add(entry);
        Entries++;
        _bytes += bytes;
    }
}
