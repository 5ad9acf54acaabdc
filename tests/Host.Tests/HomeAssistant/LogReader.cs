using System.Text.Json;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.HomeAssistant.Internal.Log;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HomeAssistant;

/// <summary>A client of the change log that applies batches as protocol.md tells, so that tests can look at what it ends up with.</summary>
internal sealed class LogReader(ChangeLog log) : IChangeLogReader
{
    private FeedPosition _position = new();
    private readonly HashSet<string> _told = [];
    private long _target;

    public Dictionary<string, Dictionary<string, string>> Home { get; } = [];

    public HashSet<string> Online { get; } = [];

    public List<ulong> Events { get; } = [];

    public HashSet<string> Issues { get; } = [];

    public List<BatchContent> Batches { get; } = [];

    public long Seq { get; private set; }

    public bool WasFull { get; private set; }

    public int Wakes { get; private set; }

    /// <summary>Where it stands among the events, as the log told it.</summary>
    public EventPosition? EventsFrom { get; private set; }

    public LogReader Begin(string? epoch = null, long? since = null, ulong? lastEvent = null, string? eventEpoch = null)
    {
        _position = log.Begin(new ListenRequest(epoch, since, lastEvent, eventEpoch), out _target);
        EventsFrom = _position.EventsFrom;
        WasFull = _position.FullUntil > 0;
        _told.Clear();
        return this;
    }

    /// <summary>Takes all there is; for a full listing forgets what was not told.</summary>
    public LogReader ReadAll()
    {
        while (TryRead(out _))
        {
        }

        if (WasFull)
        {
            foreach (var gone in Home.Keys.Except(_told).ToArray())
            {
                Home.Remove(gone);
            }

            WasFull = false;
        }

        return this;
    }

    public bool TryRead(out BatchContent batch)
    {
        batch = new BatchContent();
        if (!log.TryTake(_position, batch, this))
        {
            return false;
        }

        batch.Entries.ShouldBeLessThanOrEqualTo(BatchFrame.MaxEntries);
        Batches.Add(batch);
        Apply(batch);
        Seq = batch.Seq;
        return true;
    }

    public bool IsComplete => log.IsComplete(_position, _target);

    public string? StateOf(string device, string key) => Home[device].GetValueOrDefault(key);

    public void Sleep()
    {
    }

    public void Wake(bool here) => Wakes++;

    private void Apply(BatchContent batch)
    {
        foreach (var device in batch.Devices)
        {
            var id = device.Description.Id.ToString();
            _told.Add(id);
            if (device.Description.ViaDevice is { } via)
            {
                Home.Keys.ShouldContain(via.ToString(), "a gateway comes before what stands behind it");
            }

            var keys = device.Description.Entities.Select(e => e.Key).ToHashSet();
            Home[id] = Home.TryGetValue(id, out var old) ? old.Where(e => keys.Contains(e.Key)).ToDictionary() : [];
            _ = device.Online ? Online.Add(id) : Online.Remove(id);
        }

        foreach (var removed in batch.Removed)
        {
            Home.Remove(removed.ToString());
        }

        foreach (var change in batch.Availability)
        {
            _ = change.Online ? Online.Add(change.Device.ToString()) : Online.Remove(change.Device.ToString());
        }

        foreach (var state in batch.States)
        {
            Home.Keys.ShouldContain(state.Entity.Device.ToString(), "a device comes before its states");
            Home[state.Entity.Device.ToString()][state.Entity.Key] = JsonSerializer.Deserialize<JsonElement>(state.Value.Span).GetRawText();
        }

        if (batch.EventPosition is not null)
        {
            EventsFrom = batch.EventPosition;
            Events.Clear();
        }

        foreach (var occurred in batch.Events)
        {
            Events.ShouldNotContain(occurred.Id);
            Events.Add(occurred.Id);
        }

        foreach (var issue in batch.Issues)
        {
            _ = issue.Active ? Issues.Add(issue.Id) : Issues.Remove(issue.Id);
        }
    }
}
