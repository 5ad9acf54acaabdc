using System.Text;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>A counter or a gauge.</summary>
internal sealed class NumberSeries : MetricSeries
{
    private double _value;

    public override void Add(double value, bool replaces) => _value = replaces ? value : _value + value;

    public override void Write(StringBuilder text, string name, string labels) => Line(text, name, labels, _value);
}
