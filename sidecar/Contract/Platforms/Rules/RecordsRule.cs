using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms.Rules;

/// <summary>
/// A list of objects with the same members, such as the items of a to-do list. What is wrong in one of them harms no other: a
/// wrong member is left out, an object without a required member as a whole. Members that it does not know are left out, too.
/// </summary>
internal sealed class RecordsRule(params MemberRule[] members) : ValueRule
{
    /// <summary>The most objects of a list.</summary>
    public const int MaxRecords = 1000;

    /// <summary>The longest text in a member: a message is never longer.</summary>
    public const int MaxText = 64 * 1024;

    private const int MaxProblems = 10;

    public IReadOnlyList<MemberRule> Members => members;

    /// <summary>Whether the first member identifies an object: of two with the same value the first counts.</summary>
    public bool Identified { get; init; }

    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        List<RecordProblem>? problems = null;
        return TryWrite(rules, "", value, ref output, ref problems);
    }

    /// <summary>As <see cref="TryWrite(EntityRules, RawValue, ref Scratch)"/>, and notes what is left out.</summary>
    /// <param name="rules">What the entity declares.</param>
    /// <param name="path">The path of the list.</param>
    /// <param name="value">The list.</param>
    /// <param name="output">Takes the JSON.</param>
    /// <param name="problems">Takes what is wrong, at most ten; it is made when there is something.</param>
    public bool TryWrite(
        EntityRules rules, string path, scoped RawValue value, ref Scratch output, ref List<RecordProblem>? problems)
    {
        if (value.Kind != RawKind.Array)
        {
            return false;
        }

        var json = value.Bytes;
        var unescaped = new byte[json.Length];
        var seen = Identified ? new HashSet<string>(StringComparer.Ordinal) : null;
        var reader = new Utf8JsonReader(json, JsonCheck.ReaderOptions);
        reader.Read();
        output.Append((byte)'[');
        var first = output.Length;
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (index == MaxRecords)
            {
                Note(ref problems, path, $"more than {MaxRecords}; the rest is left out");
                break;
            }

            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var mark = output.Length;
            if (mark > first)
            {
                output.Append((byte)',');
            }

            var record = new Record(json[start..(int)reader.BytesConsumed], path, index, unescaped);
            if (Refuse(rules, record, seen, ref output, ref problems) is { } refused)
            {
                output.Truncate(mark);
                Note(ref problems, JsonPath.Item(path, index), $"left out: {refused}");
            }
        }

        output.Append((byte)']');
        return true;
    }

    public override string Expected(EntityRules rules) => $"a list of at most {MaxRecords} objects";

    /// <summary>Appends the object; null, or why it is left out.</summary>
    private string? Refuse(
        EntityRules rules, scoped Record record, HashSet<string>? seen, ref Scratch output, ref List<RecordProblem>? problems)
    {
        if (record.Json[0] != '{')
        {
            return "expected an object";
        }

        if (!JsonCheck.IsReadable(record.Json, record.Unescaped))
        {
            return "half a surrogate pair, or a number beyond a double's range";
        }

        Span<(int Start, int Length)> found = stackalloc (int, int)[members.Length];
        found.Clear();
        if (FindTwice(record.Json, found) is { } twice)
        {
            return $"{twice} is given twice";
        }

        output.Append((byte)'{');
        var begin = output.Length;
        for (var i = 0; i < members.Length; i++)
        {
            if (Write(rules, members[i], record, found[i], begin, ref output) is not { } wrong)
            {
                continue;
            }

            if (members[i].Required)
            {
                return wrong.Length > 0 ? $"{members[i].Name}: {wrong}" : $"{members[i].Name} is missing";
            }

            if (wrong.Length > 0)
            {
                Note(ref problems, JsonPath.Member(JsonPath.Item(record.Path, record.Index), members[i].Name), wrong);
            }
        }

        output.Append((byte)'}');
        return seen?.Add(Identity(output.Written[begin..])) == false ? $"this {members[0].Name} is there twice" : null;
    }

    /// <summary>
    /// Appends a member; null when it is right, else what is wrong, which is empty when it was not given. A default is appended
    /// then.
    /// </summary>
    private static string? Write(
        EntityRules rules, MemberRule member, scoped Record record, (int Start, int Length) found, int begin, ref Scratch output)
    {
        var mark = output.Length;
        if (mark > begin)
        {
            output.Append((byte)',');
        }

        output.Append(member.Json);
        var wrong = "";
        if (found.Length > 0)
        {
            var json = record.Json.Slice(found.Start, found.Length);
            var reader = new Utf8JsonReader(json, JsonCheck.ReaderOptions);
            reader.Read();
            var value = RawValue.Read(ref reader, json, record.Unescaped);
            var start = output.Length;
            if (value.Kind != RawKind.Null)
            {
                if (member.Rule.TryWrite(rules, value, ref output))
                {
                    return null;
                }

                output.Truncate(start);
                wrong = member.Rule.Refusal(rules, value, isSecret: false);
            }
        }

        if (member.Default is { } byDefault)
        {
            output.Append(byDefault);
        }
        else
        {
            output.Truncate(mark);
        }

        return wrong;
    }

    /// <summary>Finds the values of the members; the name of one that is given twice.</summary>
    private string? FindTwice(ReadOnlySpan<byte> json, Span<(int Start, int Length)> found)
    {
        var reader = new Utf8JsonReader(json, JsonCheck.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = -1;
            for (var i = 0; i < members.Length && member < 0; i++)
            {
                member = reader.ValueTextEquals(members[i].Name) ? i : -1;
            }

            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (member >= 0)
            {
                if (found[member].Length > 0)
                {
                    return members[member].Name;
                }

                found[member] = (start, (int)reader.BytesConsumed - start);
            }
        }

        return null;
    }

    /// <summary>The first member's value, as JSON.</summary>
    private static string Identity(ReadOnlySpan<byte> membersJson)
    {
        // The members of the object without its first brace.
        var json = Encoding.UTF8.GetString(membersJson);
        using var document = JsonDocument.Parse("{" + json);
        return document.RootElement.EnumerateObject().First().Value.GetRawText();
    }

    private static void Note(ref List<RecordProblem>? problems, string path, string message)
    {
        problems ??= [];
        if (problems.Count < MaxProblems)
        {
            problems.Add(new RecordProblem(path, message));
        }
    }

    /// <summary>One object of the list.</summary>
    private readonly ref struct Record(ReadOnlySpan<byte> json, string path, int index, Span<byte> unescaped)
    {
        public ReadOnlySpan<byte> Json { get; } = json;

        /// <summary>The path of the list.</summary>
        public string Path { get; } = path;

        public int Index { get; } = index;

        /// <summary>Takes a text whose escapes must be resolved.</summary>
        public Span<byte> Unescaped { get; } = unescaped;
    }
}

/// <summary>A member of the objects of a <see cref="RecordsRule"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rule">What it may be.</param>
internal sealed record MemberRule(string Name, ValueRule Rule)
{
    /// <summary>Whether an object without it is left out.</summary>
    public bool Required { get; init; }

    /// <summary>Its JSON where it is wrong or not given.</summary>
    public byte[]? Default { get; init; }

    /// <summary>The name as a JSON member: <c>"uid":</c>.</summary>
    public byte[] Json { get; } = Encoding.UTF8.GetBytes($"\"{Name}\":");
}

/// <summary>What was left out of a list.</summary>
/// <param name="Path">Where: <c>items[3].due</c>.</param>
/// <param name="Message">What is wrong and what would be right.</param>
internal sealed record RecordProblem(string Path, string Message);
