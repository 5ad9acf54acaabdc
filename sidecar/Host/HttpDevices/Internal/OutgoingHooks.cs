using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.HttpDevices.Internal;

/// <summary>The programs of the settings that get events and states.</summary>
internal sealed record OutgoingOptions
{
    /// <summary>The hooks; none: nothing is sent.</summary>
    public IReadOnlyList<OutgoingHookOptions> Hooks { get; init; } = [];
}

/// <summary>One of them.</summary>
internal sealed record OutgoingHookOptions
{
    /// <summary>Where to.</summary>
    public required Uri Url { get; init; }

    /// <summary>Signs the body; null: it is not signed.</summary>
    public byte[]? Secret { get; init; }

    /// <summary>Whether events are sent.</summary>
    public required bool Events { get; init; }

    /// <summary>Whether states are sent.</summary>
    public required bool States { get; init; }

    /// <summary>Which entities, <c>doorbell.*.bell</c>; none: all.</summary>
    public required IReadOnlyList<string[]> Entities { get; init; }

    /// <summary>How often it is tried.</summary>
    public required int Attempts { get; init; }

    /// <summary>Where requests go, and with what.</summary>
    public required HttpTarget Target { get; init; }

    /// <summary>Whether it wants to know of an entity.</summary>
    public bool Wants(EntityId entity) =>
        Entities.Count == 0 || Entities.Any(one => Fits(one[0], entity.Device.Type) && Fits(one[1], entity.Device.Id) && Fits(one[2], entity.Key));

    private static bool Fits(string pattern, string word) => pattern == "*" || pattern == word;
}

/// <summary>Reads the section <c>webhooks_out</c>.</summary>
internal static class OutgoingHooks
{
    private const int MostAttempts = 10;

    /// <exception cref="SettingsException">Something is wrong.</exception>
    public static IReadOnlyList<OutgoingHookOptions> Read(SettingNode section) => [.. section.Items.Select(ReadOne)];

    private static OutgoingHookOptions ReadOne(SettingNode node)
    {
        node.Allow("url", "secret", "send", "entities", "attempts", "headers", "timeout");
        var url = node.Get("url").As(HttpEntries.Address);
        var send = node.Find("send")?.Items.Select(one => one.As(text => SettingValue.OneOf(text, "events", "states"))).ToList() ?? ["events"];
        var timeout = node.Find("timeout")?.Time(TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(1)) ?? TimeSpan.FromSeconds(10);
        return new OutgoingHookOptions
        {
            Url = url,
            Secret = node.Find("secret") is { } secret ? Encoding.UTF8.GetBytes(secret.Text) : null,
            Events = send.Contains("events"),
            States = send.Contains("states"),
            Entities = [.. node.Find("entities")?.Items.Select(one => one.As(Pattern)) ?? []],
            Attempts = node.Find("attempts")?.As(text => SettingValue.Number(text, 1, MostAttempts)) ?? 5,
            Target = new HttpTarget([url], [.. HttpEntries.HeadersOf(node)], timeout),
        };
    }

    private static string[] Pattern(string text) =>
        text.Split('.') is { Length: 3 } words && Array.TrueForAll(words, word => word == "*" || Token.IsValid(word))
            ? words
            : throw new FormatException("write type.id.key, like doorbell.front.bell; each may be *");
}
