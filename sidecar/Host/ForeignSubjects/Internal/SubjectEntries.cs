using HaNatsBridge.Host.ConfiguredDevices;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.ForeignSubjects.Internal;

/// <summary>Reads the section <c>subjects</c>.</summary>
internal static class SubjectEntries
{
    private static readonly string[] OfEntry = ["subject", "device", "entities"];
    private static readonly string[] OfEntity = ["command_subject", "command", "reply"];

    /// <exception cref="SettingsException">Something is wrong.</exception>
    public static IReadOnlyList<SubjectEntry> Read(SettingNode section, string prefix)
    {
        SubjectEntry[] entries = [.. section.Items.Select(node => ReadEntry(node, prefix))];
        foreach (var entry in entries)
        {
            var words = Enumerable.Repeat("word", entry.Pattern?.Wildcards ?? 0).ToArray();
            ConfigCheck.Check(entry.Device, entry.Entities.Select(entity => entity.Config), words);
        }

        ConfigCheck.CheckUnique(
            entries.SelectMany(entry => entry.Entities.Select(entity => (entry.Device, entity.Config))));
        return entries;
    }

    private static SubjectEntry ReadEntry(SettingNode node, string prefix)
    {
        var subject = node.Find("subject");
        var pattern = subject?.As(SubjectPattern.Parse);
        if (pattern is not null && SubjectPattern.IsBelow(pattern.Text, prefix))
        {
            throw subject!.Error($"subjects below {prefix} are the home's own; its devices announce themselves");
        }

        var usual = (pattern ?? node.Find("command_subject")?.As(Literal))?.Usual()
            ?? throw node.Error("subject is missing, or command_subject for an entity that only takes commands");
        var nodes = node.Find("entities")?.Items;
        if (nodes is not null)
        {
            node.Allow(OfEntry);
        }

        var device = DeviceConfig.Read(node.Find("device"), node, usual.Type, usual.Id);
        SubjectEntity[] entities =
        [
            .. nodes is null
                ? [ReadEntity(node, usual.Key, pattern, prefix)]
                : nodes.Select(one => ReadEntity(one, null, pattern, prefix)),
        ];
        if (entities.Length == 0)
        {
            throw node.Error("entities is empty");
        }

        CheckPlaceholders(device, entities, pattern?.Wildcards ?? 0);
        return new SubjectEntry(pattern, device, entities);
    }

    private static SubjectEntity ReadEntity(SettingNode node, string? key, SubjectPattern? pattern, string prefix) =>
        new(EntityConfig.Read(node, key, [.. OfEntry, .. OfEntity]), ReadCommand(node, pattern, prefix));

    private static SubjectCommand? ReadCommand(SettingNode node, SubjectPattern? pattern, string prefix)
    {
        if (node.Find("command_subject") is not { } subject)
        {
            return (node.Find("command") ?? node.Find("reply")) is { } lonely
                ? throw lonely.Error("it needs command_subject, the subject that commands go to")
                : null;
        }

        var text = subject.Text;
        var sample = Placeholders.Fill(text, [.. Enumerable.Repeat("word", 9)]);
        if (text.StartsWith('{') || text.StartsWith('$') || text.StartsWith("_INBOX", StringComparison.Ordinal)
            || SubjectPattern.IsBelow(text, prefix))
        {
            throw subject.Error($"commands cannot go below {prefix}, $ or _INBOX, and the first word must be given");
        }

        subject.As(_ => Literal(sample));
        if (text == pattern?.Text)
        {
            throw subject.Error("commands on the subject itself would come back as states");
        }

        var isRequest = node.Find("reply")?.As(value => SettingValue.OneOf(value, "publish", "request")) == "request";
        return new SubjectCommand(text, CommandText.Read(node.Find("command")), isRequest);
    }

    private static SubjectPattern Literal(string text) => SubjectPattern.Parse(text) is { Wildcards: 0 } pattern
        ? pattern
        : throw new FormatException("write a subject without *; {1} is the word of the first * in subject");

    private static void CheckPlaceholders(DeviceConfig device, IEnumerable<SubjectEntity> entities, int most)
    {
        var texts = entities.SelectMany(entity => new[] { entity.Config.Key, entity.Command?.Subject ?? "" }).Append(device.Id)
            .Append(device.Fields.ToJsonString());
        if (texts.FirstOrDefault(text => Placeholders.Highest(text) > most) is not null)
        {
            throw device.Node.Error(most == 0
                ? "{1} stands for a * in subject, and there is none"
                : $"there is no {{{most + 1}}}: the number of * in subject is {most}");
        }
    }
}
