using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Templates.Tests;

/// <summary>A template cannot use much memory or time, whatever it says.</summary>
public sealed class LimitTests
{
    private const long MaxAllocated = 400L * 1024 * 1024;

    [TestCase("{{ 'a' * 10**9 }}")]
    [TestCase("{{ [0] * 10**9 }}")]
    [TestCase("{{ ('a' * 1000000 ~ 'b') * 1000 }}")]
    [TestCase("{{ 2 ** (10**9) }}")]
    [TestCase("{{ 9 ** 9 ** 9 ** 9 ** 9 }}")]
    [TestCase("{% set ns = namespace(x=2) %}{% for i in range(100) %}{% set ns.x = ns.x * ns.x %}{% endfor %}")]
    [TestCase("{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}")]
    [TestCase("{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}")]
    [TestCase("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")]
    [TestCase("{% for a in range(100000) %}{% set x = range(100000) | list %}{% endfor %}")]
    [TestCase("{% for a in range(100000) %}{% set x = range(100000) | sum %}{% endfor %}")]
    [TestCase("{% for a in range(100000) %}{{ 'abcdef' }}{% endfor %}")]
    [TestCase("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [TestCase("{{ '%10000000d' % 1 }}")]
    [TestCase("{{ '{:10000000}'.format(1) }}")]
    [TestCase("{{ 'x'.ljust(10 ** 9) }}")]
    [TestCase("{{ 'x' | center(10 ** 9) }}")]
    [TestCase("{{ ('x' * 1000) | replace('x', 'y' * 100000) }}")]
    [TestCase("{{ ('x' * 100000) | regex_replace('x', 'y' * 1000) }}")]
    [TestCase("{{ ('x' * 100000) | batch(1) | list | batch(10 ** 9, 0) | list }}")]
    [TestCase("{{ [1] | slice(10 ** 9) | list }}")]
    [TestCase("{{ ('\\t' * 100000).expandtabs(1000000) }}")]
    [TestCase("{{ now().strftime('%c' * 1000000) }}")]
    [TestCase("{{ ('a' * 30) | regex_search('(?=(a+)+$)b') }}{{ ('a' * 40) | regex_search('(?=x*)(a+)+b') }}")]
    [TestCase("{{ 'a' | regex_search('(((a{1000}){1000}){1000})') }}")]
    [TestCase("{% set ns = namespace(x=1) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}")]
    [TestCase(
        "{% set ns = namespace(x=1, y=1) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}" +
        "{% endfor %}{{ ns.x == ns.y }}")]
    [TestCase("{% set ns = namespace(x=1) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | to_json }}")]
    [TestCase("{% set ns = namespace() %}{% set ns.ns = ns %}{{ ns }}")]
    public void A_greedy_template_is_stopped(string text)
    {
        var template = Template.Parse(text);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Should.Throw<TemplateError>(() => template.Render());
        error.Kind.ShouldBeOneOf(TemplateErrorKind.Limit, TemplateErrorKind.Recursion, TemplateErrorKind.Pattern);
        error.Line.ShouldBe(1);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(MaxAllocated);
    }

    [TestCase("{{ {0} }}", "(", ")")]
    [TestCase("{{ {0} }}", "[", "]")]
    [TestCase("{{ {0}1 }}", "-", "")]
    [TestCase("{{ {0}1 }}", "not ", "")]
    [TestCase("{{ {0}1 }}", "{1:", "}")]
    [TestCase("{0}", "{% if 1 %}", "{% endif %}")]
    [TestCase("{{ 1{0} }}", " if 1 else 1", "")]
    [TestCase("{{ x{0} }}", "[0]", "")]
    [TestCase("{{ x{0} }}", "|e", "")]
    [TestCase("{% for {0} in x %}{% endfor %}", "(a,", ")")]
    public void Deep_nesting_is_an_error_or_works(string text, string open, string close)
    {
        var inner = close.Length > 0 ? "1" : "";
        var nested = string.Concat([.. Enumerable.Repeat(open, 20_000), inner, .. Enumerable.Repeat(close, 20_000)]);
        text = text.Replace("{0}", nested, StringComparison.Ordinal);
        try
        {
            Template.Parse(text, new() { Limits = new() { Source = 1_000_000 } }).Render();
        }
        catch (TemplateError)
        {
        }
    }

    [Test]
    public void A_long_template_is_refused() =>
        Should.Throw<TemplateError>(() => Template.Parse(new string('x', 300_000))).Kind.ShouldBe(TemplateErrorKind.Limit);

    [Test]
    public void JSON_that_is_nested_too_deeply_is_no_JSON() => Template.Parse("{{ value_json is defined }}")
        .Render(TemplateContext.FromPayload(new string('[', 5000) + new string(']', 5000))).Text.ShouldBe("False");
}
