using System.Globalization;
using System.Text;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>One line, or one histogram, of the metrics page.</summary>
internal abstract class MetricSeries
{
    public abstract void Add(double value, bool replaces);

    public abstract void Write(StringBuilder text, string name, string labels);

    protected static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }
}
