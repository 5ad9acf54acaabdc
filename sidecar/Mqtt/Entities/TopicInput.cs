using System.Text;

namespace HaNatsBridge.Mqtt.Entities;

/// <summary>One topic, or filter, that an entity listens to.</summary>
/// <param name="filter">The topic, with or without wildcards.</param>
/// <param name="qos">0 to 2.</param>
/// <param name="encoding">The text encoding; null where the entity takes bytes.</param>
/// <param name="take">Takes a message.</param>
internal sealed class TopicInput(string filter, int qos, Encoding? encoding, Action<MqttMessage> take)
{
    private HashSet<string>? _seen;

    /// <summary>The topic, with or without wildcards.</summary>
    public string Filter => filter;

    /// <summary>The quality of service to subscribe with.</summary>
    public int Qos => qos;

    /// <summary>
    /// Takes a message. A stored one comes again whenever somebody else subscribes to its topic: it is taken once. Returns what
    /// is wrong with it; null when nothing is.
    /// </summary>
    public string? Take(in MqttMessage message)
    {
        if (!(_seen ??= []).Add(message.Topic) && message.IsRetained)
        {
            return null;
        }

        if (!message.TryDecode(encoding, out var decoded))
        {
            return $"the payload is no text in {encoding!.WebName}";
        }

        take(decoded);
        return null;
    }

    /// <summary>After a reconnect the broker's stored messages are news again.</summary>
    public void Forget() => _seen = null;
}
