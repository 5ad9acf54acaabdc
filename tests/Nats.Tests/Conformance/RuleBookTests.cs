using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>Every test in this folder names the source of its rule, and docs/nats-conformance.md lists them all (BRIDGE_WRITE_RULES=1 writes it anew).</summary>
public sealed class RuleBookTests
{
    private static readonly MethodInfo[] Tests =
    [
        .. typeof(RuleBookTests).Assembly.GetTypes()
            .Where(static x => x.Namespace == typeof(RuleBookTests).Namespace && x != typeof(RuleBookTests))
            .SelectMany(static x => x.GetMethods())
            .Where(static x => x.IsDefined(typeof(TestAttribute)) || x.IsDefined(typeof(TestCaseAttribute)) || x.IsDefined(typeof(TestCaseSourceAttribute))),
    ];

    [Test]
    public void Every_test_names_the_document_and_the_section_of_its_rule()
    {
        Tests.ShouldNotBeEmpty();
        Tests.Where(static x => x.GetCustomAttribute<RuleAttribute>() is null).Select(Name).ShouldBeEmpty("no [Rule]");
        Tests.Select(Source).Select(static x => x.Document).Distinct().Except(Documents.Proven.Select(static x => x.Id)).ShouldBeEmpty("not among Documents.Proven");
        Tests.Where(static x => string.IsNullOrWhiteSpace(Source(x).Section)).Select(Name).ShouldBeEmpty("no section");
        Documents.Proven.Select(static x => x.Id).Except(Tests.Select(static x => Source(x).Document)).ShouldBeEmpty("documents without a rule");
        Documents.Proven.Concat(Documents.NotForUs).Select(static x => x.Id).ShouldBeUnique();
        Tests.Select(static x => (Source(x).Document, x.Name)).ShouldBeUnique();
    }

    [Test]
    public void The_list_of_rules_in_the_documentation_is_the_one_that_is_run()
    {
        var file = Path.Combine(Root(), "docs", "nats-conformance.md");
        if (Environment.GetEnvironmentVariable("BRIDGE_WRITE_RULES") == "1")
        {
            File.WriteAllText(file, Page());
        }

        File.ReadAllText(file).ShouldBe(Page(), "BRIDGE_WRITE_RULES=1 dotnet test tests/Nats.Tests --filter RuleBook writes it anew");
    }

    private static string Page()
    {
        var page = new StringBuilder();
        page.Append("""
            # Conformance of the NATS client

            Each line is one rule, the test that proves it, in `tests/Nats.Tests/Conformance`, and the servers that it is proven against. This page is written by the
            tests (`BRIDGE_WRITE_RULES=1 dotnet test tests/Nats.Tests --filter RuleBook`), which fail when it says anything else than what is run. The words are ours; the rules are those of the
            documents.

            *Everywhere*: one server, a cluster of three and a leaf on its hub, each of the oldest supported version (2.9) and of the newest. *Alone*: one server of each.
            *New*: one server, a cluster and a leaf of the newest version, for what servers learned after 2.9. *No server*: a rule that needs none.


            """);
        foreach (var document in Documents.Proven)
        {
            page.Append(System.Globalization.CultureInfo.InvariantCulture, $"## [{document.Id}]({document.Address}): {document.Title}\n\n| rule | section | test | proven |\n| --- | --- | --- | --- |\n");
            foreach (var test in Tests.Where(x => Source(x).Document == document.Id).OrderBy(static x => x.DeclaringType!.Name, StringComparer.Ordinal).ThenBy(static x => x.MetadataToken))
            {
                page.Append(System.Globalization.CultureInfo.InvariantCulture, $"| {test.Name.Replace('_', ' ')} | {Source(test).Section} | `{test.DeclaringType!.Name}` | {Where(test.DeclaringType)} |\n");
            }

            page.Append('\n');
        }

        page.Append("## Not for this client\n\n| document | about | why not |\n| --- | --- | --- |\n");
        foreach (var document in Documents.NotForUs)
        {
            page.Append(System.Globalization.CultureInfo.InvariantCulture, $"| [{document.Id}]({document.Address}) | {document.Title} | {document.WhyNot} |\n");
        }

        return page.ToString();
    }

    private static RuleAttribute Source(MethodInfo test) => test.GetCustomAttribute<RuleAttribute>() ?? throw new InvalidOperationException($"{Name(test)} has no [Rule]");

    private static string Where(Type fixture)
    {
        var sources = fixture.GetCustomAttributes<TestFixtureSourceAttribute>().Select(static x => x.SourceName!).ToArray();
        var versions = fixture.GetCustomAttributes<TestFixtureAttribute>().Count(static x => x.Arguments.Length > 0);
        return sources.Length > 0 ? string.Join(", ", sources) : versions > 0 ? nameof(Topologies.Alone) : "No server";
    }

    private static string Name(MethodInfo test) => $"{test.DeclaringType!.Name}.{test.Name}";

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
