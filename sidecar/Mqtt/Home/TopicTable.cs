using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Home;

/// <summary>Who listens to which topic. A topic without wildcards costs one look-up, however many there are.</summary>
internal sealed class TopicTable
{
    private readonly Dictionary<string, List<(TopicInput Input, Part Part)>> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(TopicInput Input, Part Part)>> _wild = new(StringComparer.Ordinal);

    /// <summary>Every filter that somebody listens to, with the quality of service that it needs.</summary>
    public IEnumerable<(string Filter, int Qos)> Filters =>
        _exact.Concat(_wild).Select(pair => (pair.Key, pair.Value.Max(one => one.Input.Qos)));

    /// <summary>Adds a listener.</summary>
    public void Add(TopicInput input, Part part)
    {
        var table = TableOf(input.Filter);
        if (!table.TryGetValue(input.Filter, out var list))
        {
            table[input.Filter] = list = [];
        }

        list.Add((input, part));
    }

    /// <summary>Removes a listener; returns whether nobody listens to its filter any more.</summary>
    public bool Remove(TopicInput input)
    {
        var table = TableOf(input.Filter);
        if (!table.TryGetValue(input.Filter, out var list))
        {
            return false;
        }

        list.RemoveAll(one => one.Input == input);
        return list.Count == 0 && table.Remove(input.Filter);
    }

    /// <summary>Everybody who listens to a topic.</summary>
    public IEnumerable<(TopicInput Input, Part Part)> Of(string topic)
    {
        IEnumerable<(TopicInput Input, Part Part)> found = _exact.TryGetValue(topic, out var list) ? list : [];
        return _wild.Count == 0
            ? found
            : found.Concat(_wild.Where(pair => MqttTopic.Matches(pair.Key, topic)).SelectMany(pair => pair.Value));
    }

    /// <summary>All listeners.</summary>
    public IEnumerable<TopicInput> All => _exact.Values.Concat(_wild.Values).SelectMany(list => list).Select(one => one.Input);

    private Dictionary<string, List<(TopicInput Input, Part Part)>> TableOf(string filter) =>
        MqttTopic.IsWildcard(filter) ? _wild : _exact;
}
