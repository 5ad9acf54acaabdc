using System.Text.RegularExpressions;
using HaNatsBridge.Host.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Architecture;

/// <summary>A log event's id says which message it is, whatever the text becomes: a filter or an alarm may rely on it.</summary>
public sealed partial class LogEventTests
{
    /// <summary>Read from the sources: the attributes are not in the assemblies.</summary>
    [Test]
    public void Every_log_message_has_an_id_of_its_own()
    {
        var messages =
            from file in Directory.GetFiles(Path.Combine(Project.Root, "sidecar"), "*.cs", SearchOption.AllDirectories)
            where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            from Match match in Message().Matches(File.ReadAllText(file))
            select (Id: match.Groups["id"].Value, File: Path.GetFileName(file));
        var all = messages.ToList();
        all.Count.ShouldBeGreaterThan(50);
        all.GroupBy(message => message.Id).Where(group => group.Key.Length == 0 || group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(message => message.File))}").ShouldBeEmpty();
    }

    /// <summary>
    /// "1 entities" is wrong and "1 entity(s)" is ugly: a count stands behind its word, "entities: 1".
    /// </summary>
    [Test]
    public void No_log_message_puts_a_count_before_a_plural()
    {
        var wrong =
            from file in Directory.GetFiles(Path.Combine(Project.Root, "sidecar"), "*.cs", SearchOption.AllDirectories)
            where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            from Match message in Template().Matches(File.ReadAllText(file))
            from Match count in CountBeforePlural().Matches(message.Groups["text"].Value)
            where !AlwaysSeveral.Contains(count.Value)
            select $"{Path.GetFileName(file)}: {count.Value}";
        wrong.ShouldBeEmpty();
    }

    private static readonly string[] AlwaysSeveral = ["{Streams} streams", "{MaxBytes} bytes"];

    [GeneratedRegex(@"\[LoggerMessage\([^""]*""(?<text>[^""]*)""")]
    private static partial Regex Template();

    [GeneratedRegex(
        @"\{[A-Za-z]+\} (?:[a-z]+ )?(?:entities|devices|streams|buckets|settings|connections|commands|messages|states|events|records"
        + @"|subjects|credentials|clients|requests|bytes|errors|lines|items|values|keys|entries)\b")]
    private static partial Regex CountBeforePlural();

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId = )?(?<id>\d*)")]
    private static partial Regex Message();
}
