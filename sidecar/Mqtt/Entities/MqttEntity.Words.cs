using System.Text.Json.Nodes;
using HaNatsBridge.Mqtt.Config;

namespace HaNatsBridge.Mqtt.Entities;

/// <summary>Values that are one of a few words.</summary>
internal abstract partial class MqttEntity
{
    /// <summary>
    /// Sets the state by one of two words, or to unknown by <c>None</c>. Any other word is noted; returns whether it was used.
    /// </summary>
    protected bool TakeOnOff(in MqttMessage message, string text, string on, string off)
    {
        if (text != on && text != off && text != Rendered.None)
        {
            Ignore(message, $"got {text}, expected {on} or {off}");
            return false;
        }

        SetState(text == on ? "on" : text == off ? "off" : null);
        return true;
    }

    /// <summary>Takes one of some words, or null for the word that says "none". Any other word is noted.</summary>
    protected void TakeWord(
        in MqttMessage message, string text, IReadOnlyCollection<string> words, string none, Action<JsonNode?> set)
    {
        if (text == none)
        {
            set(null);
        }
        else if (words.Contains(text))
        {
            set(text);
        }
        else
        {
            Ignore(message, $"got {text}, expected one of {string.Join(", ", words)}");
        }
    }
}
