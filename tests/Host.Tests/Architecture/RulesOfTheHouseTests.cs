using HaNatsBridge.Contract.Identity;
using Mono.Cecil;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Architecture;

/// <summary>The rules of docs/architecture.md, "Rules of the house", checked on what was compiled, so that the next wing cannot bend them unseen.</summary>
public sealed class RulesOfTheHouseTests
{
    private const string Root = "HaNatsBridge.Host";
    private const string Internal = "Internal";
    private const string CommandLine = "Cli";
    private ModuleDefinition _host = null!;
    private ModuleDefinition _contract = null!;
    private ModuleDefinition _nats = null!;

    [SetUp]
    public void SetUp()
    {
        _host = Read(typeof(Program).Assembly.Location);
        _contract = Read(typeof(DeviceId).Assembly.Location);
        _nats = Read(Path.Combine(Path.GetDirectoryName(_host.FileName)!, "HaNatsBridge.Nats.dll"));
    }

    [TearDown]
    public void TearDown()
    {
        _host.Dispose();
        _contract.Dispose();
        _nats.Dispose();
    }

    [Test]
    public void A_feature_uses_another_feature_only_through_its_public_namespace() =>
        Violations(_host, (user, used) =>
            FeatureOf(used) is { } other && other != FeatureOf(user) && PartsOf(used).ElementAtOrDefault(1) == Internal).ShouldBeEmpty();

    [Test]
    public void Only_the_command_line_and_the_composition_know_the_composition() =>
        Violations(_host, (user, used) =>
            FeatureOf(user) is { } feature && feature != CommandLine
            && (CompiledReferences.NamespaceOf(used) == Root || FeatureOf(used) == CommandLine && feature != CommandLine)).ShouldBeEmpty();

    [Test]
    public void What_a_feature_shows_is_public_and_the_rest_is_internal() =>
        _host.Types
            .Where(type => FeatureOf(type) is not null && !IsGenerated(type))
            .Where(type => type.IsPublic == (PartsOf(type).ElementAtOrDefault(1) == Internal))
            .Select(type => type.FullName)
            .ShouldBeEmpty();

    [Test]
    public void A_namespace_below_a_feature_is_internal() =>
        _host.Types
            .Where(type => FeatureOf(type) is not null && PartsOf(type) is [_, var below, ..] && below != Internal)
            .Select(type => type.FullName)
            .Where(name => !name.StartsWith($"{Root}.Bridges.", StringComparison.Ordinal))
            .ShouldBeEmpty();

    [Test]
    public void Classes_are_sealed_unless_something_inherits_from_them()
    {
        var bases = _host.Types.Concat(_contract.Types).SelectMany(type => type.NestedTypes.Prepend(type))
            .Select(type => type.BaseType?.GetElementType().FullName).ToHashSet();
        _host.Types.Concat(_contract.Types)
            .Where(type => type.IsClass && !type.IsSealed && !type.IsAbstract && !IsGenerated(type) && type.Namespace.StartsWith("HaNatsBridge", StringComparison.Ordinal))
            .Where(type => !bases.Contains(type.FullName))
            .Select(type => type.FullName)
            .ShouldBeEmpty();
    }

    [Test]
    public void The_contract_and_the_client_know_nobody_above_them()
    {
        _contract.AssemblyReferences.Select(reference => reference.Name).ShouldAllBe(name => name.StartsWith("System.", StringComparison.Ordinal));
        _nats.AssemblyReferences.Select(reference => reference.Name).ShouldNotContain("HaNatsBridge.Contract");
        _nats.AssemblyReferences.Select(reference => reference.Name).ShouldNotContain("hanatsbridge");
    }

    [Test]
    public void The_contract_does_no_io_and_has_no_clock()
    {
        string[] namespaces = ["System.IO", "System.Net", "System.Timers", "System.Data", "Microsoft", "NATS"];
        string[] types = ["System.TimeProvider", "System.Diagnostics.Stopwatch", "System.Threading.Timer", "System.Threading.Thread", "System.Random", "System.Console"];
        string[] members = ["System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow",
            "System.Environment.get_TickCount64", "System.Threading.Tasks.Task.Delay", "System.Guid.NewGuid"];
        CompiledReferences.Of(_contract)
            .Where(one => namespaces.Any(name => CompiledReferences.NamespaceOf(one.Used) is var used && (used == name || used.StartsWith(name + ".", StringComparison.Ordinal)))
                || types.Contains(one.Used.FullName) || members.Contains($"{one.Used.FullName}.{one.Member}"))
            .Where(one => one.User.Namespace.StartsWith("HaNatsBridge", StringComparison.Ordinal))
            .Select(one => $"{one.User.FullName} uses {one.Used.FullName}.{one.Member}")
            .Distinct()
            .ShouldBeEmpty();
    }

    [Test]
    public void Nobody_but_the_command_router_names_a_set_subject_to_publish_on() =>
        CompiledReferences.Of(_host)
            .Where(one => one.Used.FullName == typeof(HomeSubjects).FullName && one.Member == "SetOf")
            .Select(one => FeatureOf(one.User))
            .Distinct()
            .Except(["Commands", "Registry", "Storage", "Doctor", "Simulation", "Fleet"])
            .ShouldBeEmpty("State, hub and the like send commands through ICommandRouter");

    [Test]
    public void No_feature_asks_the_system_for_the_time()
    {
        string[] members = ["System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow",
            "System.Diagnostics.Stopwatch.GetTimestamp", "System.Diagnostics.Stopwatch.StartNew", "System.Threading.Thread.Sleep"];
        CompiledReferences.Of(_host)
            .Where(one => members.Contains($"{one.Used.FullName}.{one.Member}"))
            .Select(one => $"{one.User.FullName} uses {one.Used.FullName}.{one.Member}")
            .Distinct()
            .ShouldBeEmpty("TimeProvider is injected");
    }

    private static ModuleDefinition Read(string file) => ModuleDefinition.ReadModule(file);

    private static string[] PartsOf(TypeReference type)
    {
        var name = CompiledReferences.NamespaceOf(type);
        return name.StartsWith(Root + ".", StringComparison.Ordinal) ? name[(Root.Length + 1)..].Split('.') : [];
    }

    private static string? FeatureOf(TypeReference type) => PartsOf(type).FirstOrDefault();

    private static bool IsGenerated(TypeDefinition type) =>
        type.Name.Contains('<', StringComparison.Ordinal)
        || type.CustomAttributes.Any(attribute => attribute.AttributeType.Name is "CompilerGeneratedAttribute" or "GeneratedCodeAttribute");

    private static IEnumerable<string> Violations(ModuleDefinition module, Func<TypeDefinition, TypeReference, bool> isWrong) =>
        CompiledReferences.Of(module)
            .Where(one => isWrong(one.User, one.Used))
            .Select(one => $"{one.User.FullName} uses {one.Used.FullName}")
            .Distinct();
}
