using System.Text.Json;
using System.Threading.Channels;

namespace HaNatsBridge.Host.Tests.HomeAssistant;

/// <summary>Applies frames as contract/protocol.md says.</summary>
public sealed class HomeView
{
    private bool _full;
    private HashSet<string> _named = [];

    public string? Epoch { get; private set; }

    public long Seq { get; private set; }

    public ulong? LastEvent { get; private set; }

    public string? EventEpoch { get; private set; }

    public string? NatsLink { get; private set; }

    public Dictionary<string, JsonElement> Devices { get; } = [];

    /// <summary>Devices that the last full snapshot did not name: unavailable, because only a tombstone removes.</summary>
    public IReadOnlyCollection<string> Missing { get; private set; } = [];

    public Dictionary<string, string> States { get; } = [];

    public List<(ulong Id, string Entity, string Type)> Events { get; } = [];

    public Dictionary<string, JsonElement> Issues { get; } = [];

    public JsonElement? Bye { get; private set; }

    public int Ends { get; private set; }

    public bool LastBeginWasFull { get; private set; }

    public int Frames { get; private set; }

    /// <summary>Reads frames until the condition holds, or the stream ends.</summary>
    public async Task ReadUntilAsync(
        ChannelReader<JsonElement> frames, Func<HomeView, bool> condition, string what, TimeSpan? patience = null)
    {
        using var limit = new CancellationTokenSource(patience ?? TimeSpan.FromSeconds(20));
        while (!condition(this))
        {
            try
            {
                if (!await frames.WaitToReadAsync(limit.Token))
                {
                    throw new IOException($"the stream ended before: {what}");
                }

                while (frames.TryRead(out var frame))
                {
                    Apply(frame);
                }
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"not in time: {what}; seq {Seq}, {Devices.Count} devices, {States.Count} states");
            }
        }
    }

    public void Apply(JsonElement frame)
    {
        Frames++;
        switch (frame.GetProperty("t").GetString())
        {
            case "begin":
                Epoch = frame.GetProperty("epoch").GetString();
                _full = LastBeginWasFull = frame.GetProperty("full").GetBoolean();
                _named = [];
                NatsLink = frame.GetProperty("links").GetProperty("nats").GetString();
                Seq = frame.GetProperty("seq").GetInt64();
                NumberEvents(frame);
                break;
            case "batch":
                Batch(frame);
                Seq = frame.GetProperty("seq").GetInt64();
                break;
            case "end":
                End();
                Seq = frame.GetProperty("seq").GetInt64();
                break;
            case "bye":
                Bye = frame.GetProperty("error");
                break;
        }
    }

    private void End()
    {
        Ends++;
        if (_full)
        {
            Missing = [.. Devices.Keys.Except(_named)];
        }

        _full = false;
    }

    private void Batch(JsonElement frame)
    {
        foreach (var device in Member(frame, "devices"))
        {
            var id = $"{device.GetProperty("type").GetString()}.{device.GetProperty("id").GetString()}";
            _named.Add(id);
            Devices[id] = device;
            var keys = device.GetProperty("entities").EnumerateArray().Select(e => $"{id}.{e.GetProperty("key").GetString()}")
                .ToHashSet();
            foreach (var gone in States.Keys.Where(
                k => k.StartsWith(id + ".", StringComparison.Ordinal) && !keys.Contains(k)).ToArray())
            {
                States.Remove(gone);
            }
        }

        foreach (var removed in Member(frame, "removed"))
        {
            Remove(removed.GetString()!);
        }

        foreach (var state in Member(frame, "states"))
        {
            States[state[0].GetString()!] = state[1].GetRawText();
        }

        foreach (var occurred in Member(frame, "events"))
        {
            var id = occurred.GetProperty("id").GetUInt64();
            if (LastEvent is null || id > LastEvent)
            {
                LastEvent = id;
                Events.Add((id, occurred.GetProperty("entity").GetString()!, occurred.GetProperty("event_type").GetString()!));
            }
        }

        foreach (var issue in Member(frame, "issues"))
        {
            Issues[issue.GetProperty("id").GetString()!] = issue;
        }

        if (frame.TryGetProperty("links", out var links))
        {
            NatsLink = links.GetProperty("nats").GetString();
        }
    }

    private void NumberEvents(JsonElement frame)
    {
        if (frame.TryGetProperty("event_epoch", out var epoch))
        {
            EventEpoch = epoch.GetString();
            LastEvent = frame.GetProperty("last_event").GetUInt64();
        }
    }

    private void Remove(string device)
    {
        Devices.Remove(device);
        foreach (var gone in States.Keys.Where(k => k.StartsWith(device + ".", StringComparison.Ordinal)).ToArray())
        {
            States.Remove(gone);
        }
    }

    private static JsonElement.ArrayEnumerator Member(JsonElement frame, string name) =>
        frame.TryGetProperty(name, out var member) ? member.EnumerateArray() : default;
}
