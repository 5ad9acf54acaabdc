using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Dependencies;
using ArchUnitNET.Domain.Extensions;
using ArchUnitNET.Loader;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Repairs;
using NUnit.Framework;
using Shouldly;
using ArchitectureModel = ArchUnitNET.Domain.Architecture;

namespace HaNatsBridge.Host.Tests.Architecture;

/// <summary>The picture and the rules of docs/architecture.md, checked on the compiled assemblies.</summary>
public sealed class ArchitectureTests
{
    private const string Root = "HaNatsBridge.Host";
    private const string Internal = "Internal";
    private static readonly Lazy<ArchitectureModel> Loaded = new(() =>
        new ArchLoader().LoadAssemblies(typeof(Program).Assembly, typeof(DeviceId).Assembly).Build());

    private static readonly Lazy<IReadOnlyList<(IType User, ITypeDependency Use)>> Uses = new(() =>
    [
        .. from type in Ours()
           from dependency in type.Dependencies
           where dependency.Target is not GenericParameter
           select (Outermost(type), dependency),
    ]);

    [Test]
    public void A_feature_uses_only_features_in_the_rows_below_its_own()
    {
        var rows = FeaturePicture.Read();
        var violations =
            from use in Uses.Value
            let user = FeatureOf(use.User)
            let used = FeatureOf(use.Use.Target)
            where user is not null && used is not null && user != used
            where rows.GetValueOrDefault(used, int.MinValue) <= rows.GetValueOrDefault(user, int.MinValue)
            select $"{user} uses {used}: {use.User.FullName} -> {use.Use.Target.FullName}";
        violations.Distinct().ShouldBeEmpty();
    }

    [Test]
    public void The_picture_shows_every_feature_and_no_other() =>
        Ours().Select(FeatureOf).OfType<string>().Distinct().Order(StringComparer.Ordinal)
            .ShouldBe(FeaturePicture.Read().Keys.Order(StringComparer.Ordinal));

    [Test]
    public void A_feature_uses_another_feature_only_through_its_public_namespace() =>
        Violations((user, used) =>
            FeatureOf(used) is { } other && other != FeatureOf(user) && PartsOf(used).ElementAtOrDefault(1) == Internal);

    [Test]
    public void Only_the_command_line_knows_the_composition() =>
        Violations((user, used) => FeatureOf(user) is { } feature && feature != "Cli" && NamespaceOf(used) == Root);

    [Test]
    public void A_type_is_internal_exactly_if_its_namespace_is() =>
        Ours()
            .Where(type => FeatureOf(type) is not null && !type.IsNested && !IsGenerated(type))
            .Where(type => (type.Visibility == Visibility.Public) == (PartsOf(type).ElementAtOrDefault(1) == Internal))
            .Select(type => type.FullName)
            .ShouldBeEmpty();

    [Test]
    public void A_namespace_below_a_feature_is_internal() =>
        Ours()
            .Where(type => PartsOf(type) is [_, var below, ..] && below != Internal && FeatureOf(type) != "Bridges")
            .Select(type => type.FullName)
            .ShouldBeEmpty();

    [Test]
    public void Classes_are_sealed_unless_something_inherits_from_them()
    {
        var classes = Loaded.Value.Classes.Where(IsOurs).ToList();
        var bases = classes.SelectMany(type => type.InheritedClasses).Select(type => type.FullName)
            .ToHashSet(StringComparer.Ordinal);
        classes
            .Where(type => type.IsSealed == false && type.IsAbstract == false)
            .Where(type => !IsGenerated(type) && !bases.Contains(type.FullName))
            .Select(type => type.FullName)
            .ShouldBeEmpty();
    }

    [Test]
    public void The_contract_does_no_io_and_has_no_clock()
    {
        string[] namespaces = ["System.IO", "System.Net", "System.Timers", "System.Data", "Microsoft", "NATS", Root];
        string[] types =
        [
            "System.TimeProvider", "System.Diagnostics.Stopwatch", "System.Threading.Timer", "System.Threading.Thread",
            "System.Random", "System.Console",
        ];
        string[] members = [.. Clocks, "System.Threading.Tasks.Task.Delay", "System.Guid.NewGuid"];
        Uses.Value
            .Where(use => use.User.Assembly.Name.StartsWith("HaNatsBridge.Contract", StringComparison.Ordinal))
            .Where(use => !IsGenerated(use.User))
            .Where(use => namespaces.Any(name => IsIn(use.Use.Target, name)) || types.Contains(use.Use.Target.FullName)
                || members.Any(name => Calls(use.Use, name)))
            .Select(Text).Distinct().ShouldBeEmpty();
    }

    [Test]
    public void No_feature_asks_the_system_for_the_time()
    {
        string[] members =
        [
            .. Clocks, "System.Diagnostics.Stopwatch.GetTimestamp", "System.Diagnostics.Stopwatch.StartNew",
            "System.Threading.Thread.Sleep",
        ];
        Uses.Value
            .Where(use => FeatureOf(use.User) is not null && members.Any(name => Calls(use.Use, name)))
            .Select(Text).Distinct().ShouldBeEmpty("TimeProvider is injected");
    }

    [Test]
    public void A_repair_is_made_by_its_declared_kind() =>
        Uses.Value
            .Where(use => Calls(use.Use, $"{typeof(Repair).FullName}..ctor"))
            .Select(use => FeatureOf(use.User))
            .Distinct()
            .ShouldBe(["Repairs"], "so that its text is checked");

    [Test]
    public void Only_the_command_router_publishes_on_a_set_subject() =>
        Uses.Value
            .Where(use => Calls(use.Use, $"{typeof(HomeSubjects).FullName}.SetOf"))
            .Select(use => FeatureOf(use.User))
            .Distinct()
            .Except(["Commands", "Connections", "Registry", "Storage", "Doctor", "Fleet", "Simulation"])
            .ShouldBeEmpty("other features send commands through ICommandRouter");

    [Test]
    public void The_options_of_the_nats_client_are_made_in_one_place() =>
        Uses.Value
            .Where(use => Calls(use.Use, $"{typeof(NATS.Client.Core.NatsOpts).FullName}..ctor"))
            .Select(use => use.User.FullName)
            .Distinct()
            .ShouldBe([typeof(Host.Link.NatsClientOptions).FullName]);

    private static IReadOnlyList<string> Clocks { get; } =
    [
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTimeOffset.get_Now",
        "System.DateTimeOffset.get_UtcNow", "System.Environment.get_TickCount64",
    ];

    private static IEnumerable<IType> Ours() => Loaded.Value.Types.Where(IsOurs);

    private static bool IsOurs(IType type) => type.FullName.StartsWith("HaNatsBridge.", StringComparison.Ordinal);

    private static IType Outermost(IType type)
    {
        var name = type.FullName;
        var end = name.IndexOf('+', StringComparison.Ordinal);
        return end < 0 ? type : Loaded.Value.Types.FirstOrDefault(other => other.FullName == name[..end]) ?? type;
    }

    /// <summary>Empty for a type without namespace, such as a generic parameter.</summary>
    private static string NamespaceOf(IType type) => Outermost(type).Namespace?.FullName ?? "";

    private static string[] PartsOf(IType type)
    {
        var name = NamespaceOf(type);
        return name.StartsWith(Root + ".", StringComparison.Ordinal) ? name[(Root.Length + 1)..].Split('.') : [];
    }

    private static string? FeatureOf(IType type) => PartsOf(type).FirstOrDefault();

    private static bool IsIn(IType type, string name) =>
        NamespaceOf(type) is var space && (space == name || space.StartsWith(name + ".", StringComparison.Ordinal));

    private static bool Calls(ITypeDependency use, string member) =>
        use is MethodCallDependency call && call.TargetMember.FullName is var name
        && (name.Contains($" {member.Replace(".get_", "::get_", StringComparison.Ordinal)}(", StringComparison.Ordinal)
            || $"{call.TargetMember.DeclaringType.FullName}.{call.TargetMember.Name.Split('(')[0]}" == member);

    private static bool IsGenerated(IType type) =>
        type.FullName.Contains('<', StringComparison.Ordinal)
        || type.FullName.StartsWith("System.Text.RegularExpressions.Generated", StringComparison.Ordinal)
        || type.Attributes.Any(attribute => attribute.Name is "CompilerGeneratedAttribute" or "GeneratedCodeAttribute");

    private static string Text((IType User, ITypeDependency Use) use) =>
        $"{use.User.FullName} uses {(use.Use as MethodCallDependency)?.TargetMember.FullName ?? use.Use.Target.FullName}";

    private static void Violations(Func<IType, IType, bool> isWrong) =>
        Uses.Value
            .Where(use => isWrong(use.User, use.Use.Target))
            .Select(use => $"{use.User.FullName} uses {use.Use.Target.FullName}")
            .Distinct().ShouldBeEmpty();
}
