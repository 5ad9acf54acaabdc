using System.Text;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Templates.Tests;

/// <summary>Every template of the corpus gives what Home Assistant's engine gives, except where Python itself shows.</summary>
public sealed class CorpusTests
{
    /// <summary>What a Python exception is called here.</summary>
    private static readonly Dictionary<string, TemplateErrorKind[]> Kinds = new()
    {
        ["TemplateSyntaxError"] = [TemplateErrorKind.Syntax],
        ["SyntaxError"] = [TemplateErrorKind.Syntax],
        ["TemplateAssertionError"] = [TemplateErrorKind.UnknownName],
        ["UndefinedError"] = [TemplateErrorKind.Undefined],
        ["SecurityError"] = [TemplateErrorKind.Security],
        ["TemplateRuntimeError"] = [TemplateErrorKind.Runtime],
        ["TemplateNotFound"] = [TemplateErrorKind.NotFound],
        ["TemplateError"] = [TemplateErrorKind.Limit],
        ["ValueError"] = [TemplateErrorKind.Value],
        ["TypeError"] = [TemplateErrorKind.Type],
        ["ZeroDivisionError"] = [TemplateErrorKind.ZeroDivision],
        ["OverflowError"] = [TemplateErrorKind.Overflow],
        ["IndexError"] = [TemplateErrorKind.Index],
        ["PatternError"] = [TemplateErrorKind.Pattern],
        ["AttributeError"] = [TemplateErrorKind.Attribute],
        ["KeyError"] = [TemplateErrorKind.Key],
        ["LookupError"] = [TemplateErrorKind.Key],
        ["FilterArgumentError"] = [TemplateErrorKind.Runtime],
        ["JSONDecodeError"] = [TemplateErrorKind.Value],
        ["UnicodeEncodeError"] = [TemplateErrorKind.Value],
        ["UnicodeDecodeError"] = [TemplateErrorKind.Value],
        ["AwesomeVersionCompareException"] = [TemplateErrorKind.Version],
    };

    [Test]
    public void Every_written_template_gives_what_Home_Assistant_gives() => Compare(Corpus.Written, 1500);

    [Test]
    public void Every_generated_template_gives_what_Home_Assistant_gives() => Compare(Corpus.Generated, 2400);

    private static void Compare(Corpus corpus, int atLeast)
    {
        var differences = new StringBuilder();
        var quirks = new StringBuilder();
        var count = 0;
        foreach (var one in corpus.Cases)
        {
            count++;
            if (Difference(corpus, one) is { } difference)
            {
                (one.IsQuirk ? quirks : differences).AppendLine($"{one.Name}: {Short(one.Template)}\n    {difference}");
            }
        }

        TestContext.Out.WriteLine($"Differences where Python itself shows:\n{quirks}");
        count.ShouldBeGreaterThan(atLeast);
        differences.ToString().ShouldBeEmpty();
    }

    private static string? Difference(Corpus corpus, Case one)
    {
        string text;
        var fallback = false;
        try
        {
            text = Template.Parse(one.Template, corpus.Options(one)).Render(corpus.Context(one)).Text;
        }
        catch (TemplateError error) when (one.Kind == "value" && error.KeepsPayload && one.Json.TryGetProperty("fallback", out _))
        {
            // What the MQTT integration does.
            text = (string)one.Variables["value"]!;
            fallback = true;
        }
        catch (TemplateError error)
        {
            return one.Error is null ? $"expected '{Short(one.Text("text"))}', got {error.Kind}: {error.Message}"
                : !Kinds.TryGetValue(one.Error, out var kinds)
                    || !kinds.Contains(error.Kind) ? $"expected {one.Error}, got {error.Kind}: {error.Message}"
                : error.Line < 1 || error.Column < 1 ? "the error has no position"
                : null;
        }

        if (one.Error is not null)
        {
            return $"expected {one.Error}, got '{Short(text)}'";
        }

        if (one.Text("text_sha256") is { } hash)
        {
            return Corpus.Sha256(text) == hash ? null : $"another long text: {Short(text)}";
        }

        return text != one.Text("text") ? $"expected '{Short(one.Text("text"))}', got '{Short(text)}'"
            : fallback ? null : Native(one, text) ?? Payload(one, text);
    }

    private static string? Native(Case one, string text)
    {
        if (one.Name.StartsWith("generated", StringComparison.Ordinal))
        {
            return null;
        }

        var expected = one.Json.TryGetProperty("native", out var native) ? Corpus.Notation(native) : Corpus.Notation(text);
        var actual = NativeValue.Parse(text);
        var notation = Corpus.Notation(actual);
        return notation != expected ? $"native: expected {Short(expected)}, got {Short(notation)}"
            : actual is Values.SequenceValue or Values.DictValue or Values.SetValue
                && actual.ToString() != text ? $"native prints as {actual}"
            : null;
    }

    private static string? Payload(Case one, string text)
    {
        var bytes = NativeValue.ParseBytes(text);
        var expected = one.Json.TryGetProperty("payload", out var payload) ? payload.GetProperty("$bytes").GetString() : null;
        return one.Kind == "command"
            && expected != (bytes is null ? null : Convert.ToHexStringLower(bytes)) ? $"published bytes: expected {expected}"
                : null;
    }

    private static string Short(string? text) => text is null ? "" : text.Length > 160 ? text[..160] + "…" : text;
}
