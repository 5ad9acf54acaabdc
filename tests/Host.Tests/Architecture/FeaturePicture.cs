using System.Text.RegularExpressions;
using HaNatsBridge.Host.Tests.Support;

namespace HaNatsBridge.Host.Tests.Architecture;

/// <summary>
/// The picture in docs/architecture.md, "The features": each line is a row of boxes. A feature may use the features in the rows
/// below its own.
/// </summary>
internal static partial class FeaturePicture
{
    /// <summary>Each feature with the number of its row, counted from the top.</summary>
    public static IReadOnlyDictionary<string, int> Read()
    {
        var page = File.ReadAllLines(Path.Combine(Project.Root, "docs", "architecture.md"));
        var rows = page.SkipWhile(line => !line.StartsWith("## The features", StringComparison.Ordinal))
            .SkipWhile(line => !line.StartsWith("```", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.StartsWith("```", StringComparison.Ordinal))
            .Select(line => Box().Matches(line).Select(match => match.Groups[1].Value).ToArray())
            .Where(boxes => boxes.Length > 0);
        return rows.SelectMany((boxes, row) => boxes.Select(box => (Box: box, Row: row)))
            .ToDictionary(one => one.Box, one => one.Row, StringComparer.Ordinal);
    }

    [GeneratedRegex(@"\[(\w+)\]")]
    private static partial Regex Box();
}
