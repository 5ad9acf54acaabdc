using System.Text.Json;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Changes;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Changes;

/// <summary>Reads the changes and applies them as contract/protocol.md says, so that tests can look at the result.</summary>
internal sealed class LogReader(IChanges changes)
{
    private ChangeReader _reader = null!;

    public Dictionary<string, Dictionary<string, string>> Home { get; } = [];

    public HashSet<string> Online { get; } = [];

    /// <summary>When the picture of an entity was stored; null: it was removed.</summary>
    public Dictionary<string, DateTimeOffset?> Pictures { get; } = [];

    public List<ulong> Events { get; } = [];

    public HashSet<string> Issues { get; } = [];

    public List<ChangeBatch> Batches { get; } = [];

    public long Seq { get; private set; }

    public bool WasFull => _reader.IsFull;

    public bool IsComplete => _reader.IsComplete;

    /// <summary>Its place among the events at the beginning.</summary>
    public EventPosition? EventsFrom => _reader.Events;

    public LogReader Begin(string? epoch = null, long? since = null, ulong? lastEvent = null, string? eventEpoch = null)
    {
        _reader?.Dispose();
        _reader = changes.Read(new ListenRequest(epoch, since, lastEvent, eventEpoch));
        return this;
    }

    public LogReader ReadAll()
    {
        while (TryRead())
        {
        }

        return this;
    }

    public bool TryRead()
    {
        var batch = new ChangeBatch();
        if (!_reader.TryTake(batch))
        {
            return false;
        }

        batch.Entries.ShouldBeLessThanOrEqualTo(BatchFrame.MaxEntries);
        batch.Devices.Select(device => device.Description.Id).Intersect(batch.Removed)
            .ShouldBeEmpty("devices are applied before removals");
        Batches.Add(batch);
        Apply(batch);
        Seq = batch.Seq;
        return true;
    }

    public string? StateOf(string device, string key) => Home[device].GetValueOrDefault(key);

    private void Apply(ChangeBatch batch)
    {
        foreach (var device in batch.Devices)
        {
            var id = device.Description.Id.ToString();
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
            Home.Keys.ShouldContain(change.Device.ToString());
            _ = change.Online ? Online.Add(change.Device.ToString()) : Online.Remove(change.Device.ToString());
        }

        foreach (var state in batch.States)
        {
            Home.Keys.ShouldContain(state.Entity.Device.ToString(), "a device comes before its states");
            Home[state.Entity.Device.ToString()][state.Entity.Key] = JsonSerializer.Deserialize<JsonElement>(state.Value.Span)
                .GetRawText();
        }

        foreach (var picture in batch.Pictures)
        {
            Home.Keys.ShouldContain(picture.Entity.Device.ToString(), "a device comes before its pictures");
            Pictures[picture.Entity.ToString()] = picture.At;
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
