using System.Text;
using HaNatsBridge.Host.ConfiguredDevices;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.HttpDevices.Internal;

/// <summary>Reads the section <c>http</c>.</summary>
internal static class HttpEntries
{
    private static readonly string[] OfEntry =
        ["url", "interval", "timeout", "headers", "username", "password", "token", "device", "entities"];

    private static readonly string[] OfCommand = ["url", "method", "body"];

    /// <exception cref="SettingsException">Something is wrong.</exception>
    public static IReadOnlyList<HttpEntry> Read(SettingNode section)
    {
        HttpEntry[] entries = [.. section.Items.Select(ReadEntry)];
        foreach (var entry in entries)
        {
            ConfigCheck.Check(entry.Device, entry.Entities.Select(entity => entity.Config), []);
        }

        ConfigCheck.CheckUnique(entries.SelectMany(entry => entry.Entities.Select(entity => (entry.Device, entity.Config))));
        return entries;
    }

    private static HttpEntry ReadEntry(SettingNode node)
    {
        var url = node.Find("url")?.As(Address);
        var nodes = node.Find("entities")?.Items;
        if (nodes is not null)
        {
            node.Allow(OfEntry);
        }

        HttpEntity[] entities = [.. (nodes ?? [node]).Select(one => ReadEntity(one, nodes is null))];
        if (url is null && !Array.Exists(entities, entity => entity.Command is not null))
        {
            throw node.Error("url is missing, or a command in one of the entities");
        }

        return new HttpEntry
        {
            Url = url,
            Interval = node.Find("interval")?.Time(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)) ?? TimeSpan.FromSeconds(30),
            Timeout = node.Find("timeout")?.Time(TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(1)) ?? TimeSpan.FromSeconds(10),
            Headers = [.. HeadersOf(node), .. LoginOf(node)],
            Device = DeviceConfig.Read(node.Find("device"), node, "http", null),
            Entities = entities,
        };
    }

    private static HttpEntity ReadEntity(SettingNode node, bool isEntry)
    {
        var config = EntityConfig.Read(node, null, isEntry ? [.. OfEntry, "command"] : ["command"]);
        return new HttpEntity(config, node.Find("command") is { } command ? ReadCommand(command) : null);
    }

    private static HttpCommand ReadCommand(SettingNode node)
    {
        node.Allow(OfCommand);
        var url = node.Get("url");
        var text = url.IsMap ? url.Members[0].Node : url;
        var root = text.As(RootOf);
        if (url.IsMap && url.Members.FirstOrDefault(member => member.Node.As(RootOf) != root).Node is { } other)
        {
            throw other.Error("all actions go to one host");
        }

        var method = node.Find("method")?.As(value => SettingValue.OneOf(value, "GET", "POST", "PUT", "PATCH", "DELETE")) ?? "POST";
        return new HttpCommand(
            new HttpMethod(method), root, CommandText.Read(url), node.Find("body") is { } body ? CommandText.Read(body) : null);
    }

    internal static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0 && url.UserInfo.Length == 0
            ? url
            : throw new FormatException("write an address like http://192.168.1.50/status; a login goes into username and password");

    /// <summary>A template may change the path, never the host.</summary>
    private static Uri RootOf(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal);
        var end = start < 0 ? -1 : text.AsSpan(start + 3).IndexOfAny("/?#");
        var root = end < 0 ? text : text[..(start + 3 + end)];
        return TemplateText.IsTemplate(root) ? throw new FormatException("a template may follow the host, not name it") : Address(root);
    }

    internal static IEnumerable<(string Name, string Value)> HeadersOf(SettingNode node)
    {
        foreach (var (name, value) in node.Find("headers")?.Members ?? [])
        {
            using var probe = new HttpRequestMessage();
            yield return value.Text.AsSpan().IndexOfAny('\r', '\n') < 0 && probe.Headers.TryAddWithoutValidation(name, value.Text)
                ? (name, value.Text)
                : throw value.Error("this is no header of a request");
        }
    }

    private static IEnumerable<(string Name, string Value)> LoginOf(SettingNode node)
    {
        var (user, password, token) = (node.Find("username"), node.Find("password"), node.Find("token"));
        if (token is not null && (user ?? password) is not null)
        {
            throw token.Error("write either a token or a username and a password");
        }

        if (token is not null)
        {
            yield return ("Authorization", $"Bearer {token.Text}");
        }
        else if ((user ?? password) is not null)
        {
            var login = $"{(user ?? throw node.Error("username is missing")).Text}:{password?.Text}";
            yield return ("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(login))}");
        }
    }
}
