using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link.Internal;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Link;

/// <summary>
/// Link: the sidecar's connections to NATS, for the account of the home, the system account and commands, and the options of all
/// of them (<see cref="NatsClientOptions"/>). They are opened at the start, reconnect for ever, and are closed at the end, after
/// every feature and before the embedded server.
/// </summary>
public static class LinkFeature
{
    /// <summary>Which server, and as whom.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        // A user and password may stand in the address.
        Setting.Text(
            "Nats:Url", "--nats", "URL", "A NATS server of yours", (o, v) => o with { Nats = o.Nats with { Url = Url(v) } }) with
        {
            Default = "the embedded one", IsSecret = true,
        },
        Setting.Text(
            "Nats:Creds", "--nats-creds", "FILE", "Credentials for the home's account",
            (o, v) => o with { Nats = o.Nats with { Creds = SettingValue.ExistingFile(v) } }),
        Setting.Text(
            "Nats:SystemCreds", "--nats-system-creds", "FILE", "Credentials for the system account",
            (o, v) => o with { Nats = o.Nats with { SystemCreds = SettingValue.ExistingFile(v) } }),
        Setting.Text(
            "Nats:Ca", "--nats-ca", "FILE", "Issuer (PEM) of that server's certificate",
            (o, v) => o with { Nats = o.Nats with { Ca = SettingValue.ExistingFile(v) } }) with
        {
            Default = "those of the system",
        },
    ];

    /// <summary>Registers <see cref="IHomeLink"/> and <see cref="ICommandLink"/>.</summary>
    public static IServiceCollection AddLink(this IServiceCollection services) => services
        .AddSingleton(new LinkTimings())
        .AddSingleton<HomeLink>()
        .AddSingleton<IHomeLink>(provider => provider.GetRequiredService<HomeLink>())
        .AddSingleton<IHealthContributor>(provider => provider.GetRequiredService<HomeLink>())
        .AddHostedService(provider => provider.GetRequiredService<HomeLink>())
        .AddSingleton<CommandLink>()
        .AddSingleton<ICommandLink>(provider => provider.GetRequiredService<CommandLink>())
        .AddSingleton<IHealthContributor>(provider => provider.GetRequiredService<CommandLink>())
        .AddHostedService(provider => provider.GetRequiredService<CommandLink>());

    /// <summary>A connection to the home's account for a few requests, for a command beside a sidecar.</summary>
    public static NatsOpts ShortLived(NatsOptions options, IEmbeddedServer embedded, string name)
    {
        var (home, _, tls) = LinkCredentials.For(options, embedded);
        return NatsClientOptions.ShortLived(home.Url, home.Auth, tls, name);
    }

    /// <summary>The same to the system account; null: the settings name no credentials for it.</summary>
    public static NatsOpts? ShortLivedSystem(NatsOptions options, IEmbeddedServer embedded, string name)
    {
        var (_, system, tls) = LinkCredentials.For(options, embedded);
        return system is { } login ? NatsClientOptions.ShortLived(login.Url, login.Auth, tls, name) : null;
    }

    private static string Url(string value)
    {
        var schemes = new[] { "nats", "tls" };
        var isGood = value.Split(',', StringSplitOptions.TrimEntries).All(one =>
            Uri.TryCreate(one.Contains("://", StringComparison.Ordinal) ? one : "nats://" + one, UriKind.Absolute, out var uri)
            && schemes.Contains(uri.Scheme) && uri.Host.Length > 0);
        return isGood
            ? value : throw new FormatException("write nats://host:4222 or tls://host:4222, several separated by commas");
    }
}
