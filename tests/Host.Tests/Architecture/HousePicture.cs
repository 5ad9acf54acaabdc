using System.Text.RegularExpressions;
using HaNatsBridge.Host.Tests.Support;

namespace HaNatsBridge.Host.Tests.Architecture;

/// <summary>The picture in docs/architecture.md, "The features": one row of boxes a line; what stands below may be used by what stands above.</summary>
internal static partial class HousePicture
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
        return rows.SelectMany((boxes, row) => boxes.Select(box => (box, row))).ToDictionary(one => one.box, one => one.row, StringComparer.Ordinal);
    }

    [GeneratedRegex(@"\[(\w+)\]")]
    private static partial Regex Box();
}
