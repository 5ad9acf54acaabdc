using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.ForeignSubjects.Internal;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HaNatsBridge.Host.ForeignSubjects;

/// <summary>
/// ForeignSubjects: any NATS subject becomes an entity, without a change to the program that publishes there (docs/subjects.md). The
/// section <c>subjects</c> of <c>bridge.yaml</c> names them; <c>SubjectBridge</c> follows them and makes devices of what it hears.
/// Of several sidecars one does it at a time.
/// </summary>
public static class ForeignSubjectsFeature
{
    /// <summary>Which subjects.</summary>
    public static IReadOnlyList<Setting> Settings { get; } = [Setting.Section("Subjects", "NATS subjects that become entities", Read)];

    /// <summary>Registers it.</summary>
    public static IServiceCollection AddForeignSubjects(this IServiceCollection services)
    {
        services.TryAddSingleton<Subscriptions>();
        return services
            .AddSingleton<SubjectsService>()
            .AddSingleton<IHealthContributor, SubjectsHealth>()
            .AddHostedService(provider => provider.GetRequiredService<SubjectsService>());
    }

    private static BridgeOptions Read(BridgeOptions options, SettingNode section)
    {
        var entries = SubjectEntries.Read(section, options.Prefix);
        var nats = options.Nats with
        {
            // Programs without credentials publish and listen there.
            OpenPublish = [.. entries.Select(entry => entry.Pattern?.Text).OfType<string>().Distinct(StringComparer.Ordinal)],
            OpenSubscribe =
            [
                .. entries.SelectMany(entry => entry.Entities).Select(entity => entity.Command?.Filter).OfType<string>()
                    .Distinct(StringComparer.Ordinal),
            ],
        };
        return (options with { Nats = nats }).With(new SubjectsOptions { Entries = entries });
    }
}
