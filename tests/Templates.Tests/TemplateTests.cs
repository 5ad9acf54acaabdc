using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Templates.Tests;

/// <summary>The public API.</summary>
public sealed class TemplateTests
{
    [Test]
    public void A_payload_is_value_and_value_json()
    {
        var template = Template.Parse("{{ value_json.t | round(1) }} {{ value | length }}");
        template.Render(TemplateContext.FromPayload("""{"t": 21.55}""")).Text.ShouldBe("21.6 12");
    }

    [Test]
    public void A_payload_that_is_no_JSON_has_no_value_json()
    {
        var template = Template.Parse("{{ value_json is defined }} {{ value }}");
        template.Render(TemplateContext.FromPayload("{'t': 1}")).Text.ShouldBe("False {'t': 1}");
    }

    [TestCase("[1, NaN]")]
    [TestCase("[1,]")]
    [TestCase("01")]
    [TestCase("1e400")]
    [TestCase("\"\\ud83c\"")]
    [TestCase("\ufeff1")]
    [TestCase("1 2")]
    [TestCase("")]
    public void JSON_is_strict(string payload) =>
        Template.Parse("{{ value_json is defined }}").Render(TemplateContext.FromPayload(payload)).Text.ShouldBe("False");

    [Test]
    public void Variables_may_be_dotnet_values()
    {
        var variables = new Dictionary<string, object?>
        {
            ["list"] = new[] { 1, 2 },
            ["dict"] = new Dictionary<string, object?> { ["a"] = 1.5m, ["b"] = null },
            ["time"] = new DateTimeOffset(2026, 6, 15, 12, 0, 0, TimeSpan.FromHours(2)),
            ["day"] = new DateOnly(2026, 6, 15),
            ["clock"] = new TimeOnly(6, 45),
            ["double"] = (TemplateFunction)(arguments => (long)arguments[0]! * 2),
        };
        Template.Parse("{{ list }} {{ dict }} {{ time }} {{ day }} {{ clock }} {{ double(4) }}")
            .Render(new() { Variables = variables })
            .Text.ShouldBe("[1, 2] {'a': 1.5, 'b': None} 2026-06-15 12:00:00+02:00 2026-06-15 06:45:00 8");
    }

    [Test]
    public void A_dict_is_made_by_any_attribute_of_dict_as_Zigbee2MQTT_does() =>
        Template.Parse("{{ dict.from_keys([('a', 1), ('b', 2)]) | to_json }}").Render().Text.ShouldBe("{\"a\":1,\"b\":2}");

    [Test]
    public void A_result_has_a_native_value()
    {
        Template.Parse("{{ 20 + 1.5 }}").Render().Native.ShouldBe(21.5);
        Template.Parse("{{ [1, 2] }}").Render().Native.ShouldBeOfType<Values.ListValue>().ShouldBe([1L, 2L]);
        Template.Parse("on").Render().Native.ShouldBe("on");
    }

    [TestCase("{{ 1 + }}", 1, 8, "expected an expression, found '}}'")]
    [TestCase("a\n  {{ x | flaot }}", 2, 10, "there is no filter 'flaot', did you mean 'float'?")]
    [TestCase("{{ x is evn }}", 1, 9, "there is no test 'evn', did you mean 'even'?")]
    [TestCase("{% if x %}\n{% for y in x %}", 2, 17, "{% for %} has no end: write {% endfor %}")]
    [TestCase("{% fi x %}", 1, 4, "there is no tag 'fi', did you mean 'if'?")]
    [TestCase("{{ x && y }}", 1, 6, "unexpected '&': write and, or | bitwise_and(…)")]
    [TestCase("{{ 'a }}", 1, 4, "the text has no end: write '")]
    [TestCase("{# a", 1, 1, "the comment has no end: write #}")]
    [TestCase("{{ states.light | expand }}", 1, 19,
        "the filter 'expand' needs the states of Home Assistant, which are not there")]
    public void A_syntax_error_says_where_and_what_is_right(string text, int line, int column, string message)
    {
        var error = Should.Throw<TemplateError>(() => Template.Parse(text));
        (error.Line, error.Column, error.Message).ShouldBe((line, column, message));
    }

    [TestCase("{{ 'x' | float }}", 1, 10, "float got invalid input 'x', and no default was specified: write float(default=…)")]
    [TestCase("ok\n{{ 1 + 'a' }}", 2, 6, "unsupported operand type(s) for +: 'int' and 'str'")]
    [TestCase("{{ a.b }}", 1, 5, "'a' is undefined")]
    [TestCase("{% for x in 5 %}{% endfor %}", 1, 4, "'int' object is not iterable")]
    [TestCase("{{ 'x'.foo() }}", 1, 11, "'str object' has no attribute 'foo'")]
    public void A_runtime_error_says_where(string text, int line, int column, string message)
    {
        var error = Should.Throw<TemplateError>(() => Template.Parse(text).Render());
        (error.Line, error.Column, error.Message).ShouldBe((line, column, message));
    }

    [Test]
    public void One_template_renders_in_many_threads()
    {
        var template = Template.Parse(
            "{% set ns = namespace(n=0) %}{% for i in range(50) %}{% set ns.n = ns.n + i * k %}{% endfor %}" +
            "{{ ns.n }} {{ k | string | regex_replace('(\\d)', '<\\\\1>') }}");
        Parallel.For(0, 2000, k =>
        {
            var digits = string.Concat(k.ToString(System.Globalization.CultureInfo.InvariantCulture).Select(digit =>
                $"<{digit}>"));
            template.Render(new() { Variables = new Dictionary<string,
                object?> { ["k"] = k } }).Text.ShouldBe($"{1225 * k} {digits}");
        });
    }
}
