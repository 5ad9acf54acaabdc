using System.Text.Json;
using System.Text.RegularExpressions;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>
/// Checks the entities of an announcement one by one: a bad one is left out, or stays as it was before. Where the key of a bad
/// one cannot be read, any entity that the announcement does not name may be meant, so none is withdrawn.
/// </summary>
internal static partial class EntityReader
{
    private const string Features = "supported_features";

    public static List<IListedEntity> ReadAll(
        JsonElement entities, StoredParts stored, PatternCheck patterns, IssueList errors, IssueList warnings)
    {
        if (entities.ValueKind != JsonValueKind.Array)
        {
            return [];
        }

        var accepted = new Dictionary<string, AcceptedEntity>(StringComparer.Ordinal);
        var drafts = new List<EntityDraft>();
        foreach (var entity in entities.EnumerateArray())
        {
            var draft = new EntityDraft(JsonPath.Item("entities", drafts.Count), entity);
            if (Read(draft, accepted, patterns, warnings) is { } good)
            {
                // A refused entity must not reserve its key for a good one.
                accepted.Add(good.Key, good);
            }

            drafts.Add(draft);
            draft.Warnings.ForEach(warnings.Add);
        }

        return List(drafts, accepted, stored, patterns, errors);
    }

    private static List<IListedEntity> List(
        List<EntityDraft> drafts, Dictionary<string, AcceptedEntity> accepted, StoredParts stored, PatternCheck patterns,
        IssueList errors)
    {
        var listed = new List<IListedEntity>();
        var kept = new HashSet<string>(StringComparer.Ordinal);
        foreach (var draft in drafts)
        {
            var key = KeyOf(draft);
            if (key is null)
            {
                continue;
            }

            if (!accepted.TryGetValue(key, out var good))
            {
                if (!kept.Contains(key) && stored.KeepEntity(key) is { } before)
                {
                    kept.Add(key);
                    listed.Add(before);
                }
            }
            else if (ReferenceEquals(good.Draft, draft))
            {
                listed.Add(good);
            }
        }

        var others = 0;
        if (drafts.Any(draft => KeyOf(draft) is null))
        {
            var named = drafts.Select(KeyOf).OfType<string>().ToHashSet(StringComparer.Ordinal);
            listed.AddRange(stored.KeepOthers(named));
            others = listed.Count - accepted.Count - kept.Count;
        }

        listed.OfType<KeptEntity>().ToList().ForEach(patterns.Keep);
        foreach (var draft in drafts)
        {
            var isKept = KeyOf(draft) is { } key ? kept.Contains(key) : others > 0;
            draft.Errors.ForEach(error => errors.Add(error with { Kept = isKept }));
        }

        return listed;
    }

    private const string ExpectedPlatform = "expected the name of a platform, such as sensor";

    /// <summary>The key; null when it cannot be read.</summary>
    private static string? KeyOf(EntityDraft draft) =>
        JsonFields.Text(draft.Given, "key") is { } key && Token.IsValid(key) ? key : null;

    private static AcceptedEntity? Read(
        EntityDraft draft, Dictionary<string, AcceptedEntity> accepted, PatternCheck patterns, IssueList warnings)
    {
        if (draft.Given.ValueKind != JsonValueKind.Object)
        {
            draft.Errors.Add(new ContractError(draft.Path, AnnounceCodes.InvalidValue, "expected an object"));
            return null;
        }

        var key = ReadKey(draft, accepted);
        if (ReadPlatform(draft) is not { } platform)
        {
            return null;
        }

        CheckFields(draft, DeviceFields.OfEntity);
        CheckFields(draft, platform.Fields);
        CheckFeatures(draft, platform);
        CheckEntityId(draft, platform);
        if (platform.RefusesConfigCategory && draft.Text("entity_category") == "config")
        {
            draft.Error(
                "entity_category",
                $"Home Assistant refuses {platform.NameWithArticle} of category config; expected diagnostic or none");
        }

        if (draft.Errors.Count == 0)
        {
            platform.Check(draft);
        }

        if (key is not null && draft.Errors.Count == 0)
        {
            patterns.Check(draft, platform);
        }

        if (!warnings.IsFull)
        {
            WarnOfUnknown(draft, platform);
        }

        return key is null || draft.Errors.Count > 0 ? null : new AcceptedEntity(key, platform, draft);
    }

    private static string? ReadKey(EntityDraft draft, Dictionary<string, AcceptedEntity> accepted)
    {
        if (!draft.Has("key"))
        {
            draft.Error("key", $"key is missing; {Token.Expected}", AnnounceCodes.MissingField);
            return null;
        }

        var key = JsonFields.Text(draft.Given, "key");
        if (!Token.IsValid(key))
        {
            draft.Error("key", Token.Expected);
        }
        else if (key!.StartsWith(WellKnownHealth.Prefix, StringComparison.Ordinal))
        {
            draft.Error("key", $"the prefix {WellKnownHealth.Prefix} is reserved for health reports");
        }
        else if (accepted.ContainsKey(key))
        {
            draft.Error("key", $"the key {key} is there twice; the first counts", AnnounceCodes.DuplicateKey);
        }

        return key;
    }

    private static PlatformDefinition? ReadPlatform(EntityDraft draft)
    {
        if (!draft.Has("platform"))
        {
            draft.Error("platform", $"platform is missing; {ExpectedPlatform}", AnnounceCodes.MissingField);
            return null;
        }

        if (JsonFields.Text(draft.Given, "platform") is not { } name)
        {
            draft.Error("platform", ExpectedPlatform);
            return null;
        }

        var platform = PlatformCatalog.Find(name);
        if (platform is null)
        {
            var hint = DidYouMean.Hint(name, PlatformCatalog.Names);
            var all = hint.Length > 0
                ? ""
                : $"; there are {string.Join(", ", PlatformCatalog.Names.Order(StringComparer.Ordinal))}";
            draft.Error("platform", $"unknown platform {Bounded.Text(name, 64)}{hint}{all}", AnnounceCodes.UnknownPlatform);
        }

        return platform;
    }

    private static void CheckFields(EntityDraft draft, IReadOnlyList<FieldRule> fields)
    {
        foreach (var field in fields)
        {
            var given = draft.Given.TryGetProperty(field.Name, out var value);
            if (given && (value.ValueKind != JsonValueKind.Null || field.Kind == FieldKind.TextOrNull))
            {
                if (field.Refuse(value) is { } refused)
                {
                    draft.Error(field.Name, refused);
                }
                else if (field.AnyCase && field.Words!.Spell(value.GetString()!) is { } spelled)
                {
                    draft.Correct(field.Name, spelled);
                }
            }
            else if (field.Required)
            {
                draft.Error(field.Name, field.Missing, AnnounceCodes.MissingField);
            }
        }
    }

    private static void CheckFeatures(EntityDraft draft, PlatformDefinition platform)
    {
        if (platform.Features.Count == 0 || !draft.Has(Features))
        {
            return;
        }

        var features = draft.Given.GetProperty(Features);
        if (features.ValueKind != JsonValueKind.Array || features.GetArrayLength() > FieldRule.MaxItems)
        {
            draft.Error(Features, "expected a list of feature names");
            return;
        }

        var index = 0;
        foreach (var feature in features.EnumerateArray())
        {
            var path = JsonPath.Item(Features, index++);
            var name = feature.ValueKind == JsonValueKind.String ? feature.GetString() : null;
            if (name is null)
            {
                draft.Error(path, "expected a feature's name");
            }
            else if (!platform.Features.Contains(name))
            {
                var hint = DidYouMean.Hint(name, platform.Features);
                draft.Error(path, $"{platform.NameWithArticle} has no feature {Bounded.Text(name, 64)}{hint}");
            }
        }
    }

    /// <summary>An entity id that Home Assistant would not take is left out: the entity is worth more than its id.</summary>
    private static void CheckEntityId(EntityDraft draft, PlatformDefinition platform)
    {
        if (draft.Text(DeviceFields.EntityId) is not { } id || draft.Errors.Count > 0)
        {
            return;
        }

        var start = platform.Name + ".";
        if (!id.StartsWith(start, StringComparison.Ordinal) || !ObjectId().IsMatch(id[start.Length..]))
        {
            draft.Warn(
                DeviceFields.EntityId,
                $"expected {start} and then a-z, 0-9 and _, which is neither first nor last; {Bounded.Text(id, 64)} is left out");
            draft.LeaveOut(DeviceFields.EntityId);
        }
    }

    private static void WarnOfUnknown(EntityDraft draft, PlatformDefinition platform)
    {
        foreach (var property in draft.Given.EnumerateObject())
        {
            if (draft.Warnings.Count >= IssueList.Max)
            {
                return;
            }

            var name = property.Name;
            if (platform.FindField(name) is { Kind: FieldKind.Objects } list)
            {
                WarnOfUnknownMembers(draft, list, property.Value);
            }

            if (name is "key" or "platform" || (name == Features && platform.Features.Count > 0)
                || platform.FindField(name) is not null || DeviceFields.OfEntity.Any(f => f.Name == name))
            {
                continue;
            }

            var known = platform.Fields.Concat(DeviceFields.OfEntity).Select(f => f.Name);
            var hint = DidYouMean.Hint(name, platform.Features.Count > 0 ? known.Append(Features) : known);
            draft.Warn(
                name, $"{platform.NameWithArticle} has no field {Bounded.Text(name, 64)}{hint}", AnnounceCodes.UnknownField);
        }
    }

    private static void WarnOfUnknownMembers(EntityDraft draft, FieldRule list, JsonElement value)
    {
        var known = list.Members.Select(m => m.Name).ToArray();
        var items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [];
        for (var i = 0; i < items.Length; i++)
        {
            var unknown = items[i].ValueKind == JsonValueKind.Object ? items[i].EnumerateObject().Select(p => p.Name) : [];
            foreach (var name in unknown.Where(name => !known.Contains(name)))
            {
                if (draft.Warnings.Count >= IssueList.Max)
                {
                    return;
                }

                var hint = DidYouMean.Hint(name, known);
                draft.Warn(
                    JsonPath.Member(JsonPath.Item(list.Name, i), name),
                    $"{list.Name} have no field {Bounded.Text(name, 64)}{hint}",
                    AnnounceCodes.UnknownField);
            }
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9_]*[a-z0-9])?\z")]
    private static partial Regex ObjectId();
}
