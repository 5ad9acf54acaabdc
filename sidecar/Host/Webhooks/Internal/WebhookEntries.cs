using System.Security.Cryptography;
using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.ConfiguredDevices;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Webhooks.Internal;

/// <summary>The webhooks of the settings.</summary>
internal sealed record WebhooksOptions
{
    /// <summary>The entries; none: the feature does nothing.</summary>
    public IReadOnlyList<WebhookEntry> Entries { get; init; } = [];
}

/// <summary>One webhook.</summary>
/// <param name="SecretHash">The hash of its secret.</param>
/// <param name="Device">The device; null: its requests are announcements.</param>
/// <param name="Entities">The device's entities.</param>
internal sealed record WebhookEntry(byte[] SecretHash, DeviceConfig? Device, IReadOnlyList<EntityConfig> Entities)
{
    /// <summary>The type of the devices that its requests may announce; null: none.</summary>
    public string? Announces { get; init; }

    /// <summary>Whether it is this one's secret. It takes the same time whatever is given.</summary>
    public bool Is(string secret) => CryptographicOperations.FixedTimeEquals(Hash(secret), SecretHash);

    /// <summary>The hash of a secret.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}

/// <summary>Reads the section <c>webhooks</c>.</summary>
internal static class WebhookEntries
{
    private const int ShortestSecret = 20;
    private const int LongestSecret = 200;
    private static readonly string[] OfEntry = ["secret", "device", "entities"];

    /// <exception cref="SettingsException">Something is wrong.</exception>
    public static IReadOnlyList<WebhookEntry> Read(SettingNode section)
    {
        var entries = new List<WebhookEntry>();
        foreach (var node in section.Items)
        {
            var secret = node.Get("secret").As(Secret);
            if (entries.Exists(entry => entry.Is(secret)))
            {
                throw node.Get("secret").Error("another webhook has this secret");
            }

            if (node.Find("announce") is { } type)
            {
                node.Allow("secret", "announce");
                entries.Add(new WebhookEntry(WebhookEntry.Hash(secret), null, []) { Announces = type.As(Type) });
                continue;
            }

            var nodes = node.Find("entities")?.Items;
            if (nodes is not null)
            {
                node.Allow(OfEntry);
            }

            var device = DeviceConfig.Read(node.Find("device"), node, "webhook", null);
            EntityConfig[] entities = [.. (nodes ?? [node]).Select(one => EntityConfig.Read(one, null, nodes is null ? OfEntry : []))];
            ConfigCheck.Check(device, entities, []);
            entries.Add(new WebhookEntry(WebhookEntry.Hash(secret), device, entities));
        }

        ConfigCheck.CheckUnique(entries.SelectMany(entry => entry.Entities.Select(entity => (entry.Device!, entity))));
        return entries;
    }

    private static string Type(string text) =>
        Token.IsValid(text) ? text : throw new FormatException("write the type of the devices that may be announced, one word");

    private static string Secret(string text) =>
        text.Length is >= ShortestSecret and <= LongestSecret && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? text
            : throw new FormatException(
                $"write {ShortestSecret} to {LongestSecret} random letters, digits, - and _, as `openssl rand -hex 20` makes them");
}
