using System.Text;
using HaNatsBridge.Mqtt.Config;

namespace HaNatsBridge.Mqtt.Entities;

/// <summary>
/// Whether a device says that its entity is available: <c>availability_topic</c>, or a list <c>availability</c> with a mode.
/// Without either the entity is always available.
/// </summary>
internal sealed class Availability
{
    private readonly Dictionary<string, Source> _sources = new(StringComparer.Ordinal);
    private readonly string _mode;
    private bool _latest;

    public Availability(
        OptionReader options, int qos, Encoding? encoding, EntityVariables variables, ICollection<TopicInput> inputs)
    {
        _mode = options.Text("availability_mode", "latest");
        if (_mode is not ("all" or "any" or "latest"))
        {
            options.Fail("availability_mode", "expected all, any or latest");
        }

        if (options.Subscription("availability_topic") is { } topic)
        {
            Add(topic, options, "availability_template");
        }

        foreach (var one in options.Objects("availability"))
        {
            var listed = one.RequiredSubscription("topic");
            if (listed.Length > 0)
            {
                Add(listed, one, "value_template");
            }

            options.Add(one);
        }

        foreach (var (filter, source) in _sources)
        {
            inputs.Add(new TopicInput(filter, qos, encoding, message => Take(source, message, variables)));
        }
    }

    /// <summary>Whether the entity is available.</summary>
    public bool IsAvailable => _sources.Count == 0 || _mode switch
    {
        "all" => _sources.Values.All(source => source.IsAvailable),
        "any" => _sources.Values.Any(source => source.IsAvailable),
        _ => _latest,
    };

    private void Add(string topic, OptionReader options, string template) => _sources[topic] = new Source(
        options.Text("payload_available", "online"),
        options.Text("payload_not_available", "offline"),
        options.ValueTemplate(template));

    private void Take(Source source, in MqttMessage message, EntityVariables variables)
    {
        var rendered = source.Template.Render(message, variables);
        if (!rendered.IsUsable)
        {
            return;
        }

        if (rendered.Text == source.Available)
        {
            _latest = source.IsAvailable = true;
        }
        else if (rendered.Text == source.NotAvailable)
        {
            _latest = source.IsAvailable = false;
        }
    }

    private sealed record Source(string Available, string NotAvailable, ValueTemplate Template)
    {
        public bool IsAvailable { get; set; }
    }
}
