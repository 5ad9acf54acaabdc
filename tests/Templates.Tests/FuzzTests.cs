using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Templates.Tests;

/// <summary>Mutated templates of the corpus end in a text or in a <see cref="TemplateError"/>, and use little memory.</summary>
public sealed class FuzzTests
{
    private const int Mutations = 30_000;

    private static readonly string[] Pieces =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "~", "**", "//", "%", "|", "(", ")", "[", "]", "{", "}", "'", "\"",
        "\\", ",", ":", ".", " if ", " else ", " is ", " not ", " in ", "10 ** 9", "value_json", "namespace(x=1)",
        "range(99999)", " | list", " | map('upper')", "{% for i in range(999) %}", "{% endfor %}", "{% set x = x ~ x %}",
        "{% macro m(a) %}", "{% endmacro %}", "{{ m(m) }}", "none", "1e308", "-1", "0", "'a' * 99999", "loop", "\u0000",
        "\ud800", "é", "🏠", "\n", " | regex_replace('(a*)*', '\\1')", "'{:>9999999}'.format(1)",
    ];

    [Test]
    public void Mutated_templates_end_in_a_text_or_an_error()
    {
        var corpus = Corpus.Written;
        var cases = corpus.Cases.ToArray();
        var random = new Random(20260615);
        var limits = new TemplateLimits { Steps = 20_000, Memory = 4 * 1024 * 1024, Output = 100_000 };
        var rendered = 0;
        for (var round = 0; round < Mutations; round++)
        {
            var one = cases[random.Next(cases.Length)];
            var text = Mutate(random, one.Template, cases);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Template.Parse(text, corpus.Options(one) with { Limits = limits }).Render(corpus.Context(one)).Native?.ToString();
                rendered++;
            }
            catch (TemplateError error)
            {
                error.Line.ShouldBeGreaterThan(0, text);
                error.Message.ShouldNotBeEmpty(text);
            }
            catch (Exception error)
            {
                Assert.Fail($"{error}\n{text}");
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(100L * 1024 * 1024, text);
        }

        TestContext.Out.WriteLine($"{rendered} of {Mutations} rendered");
        rendered.ShouldBeGreaterThan(Mutations / 20);
    }

    private static string Mutate(Random random, string text, Case[] cases)
    {
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(text.Length + 1);
            var length = Math.Min(random.Next(1, 12), text.Length - at);
            text = random.Next(6) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
                2 => text.Insert(at, text.Substring(at, length)),
                3 => string.Concat(text.AsSpan(0, at), Part(random, cases[random.Next(cases.Length)].Template)),
                4 => text.Remove(at, length).Insert(at, Part(random, cases[random.Next(cases.Length)].Template)),
                _ => text.Remove(at, length).Insert(at, Pieces[random.Next(Pieces.Length)]),
            };
        }

        return text;
    }

    private static string Part(Random random, string text)
    {
        var from = random.Next(text.Length + 1);
        return text.Substring(from, random.Next(text.Length - from + 1));
    }
}
