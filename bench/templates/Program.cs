// ./bridge bench templates: how many renderings one core does in a second, and what one allocates. See bench/README.md.
using System.Diagnostics;
using System.Globalization;
using System.Text;
using HaNatsBridge.Templates;

const string Plug =
    """{"battery":98,"humidity":48.21,"linkquality":120,"power_on_behavior":"previous","pressure":1013""" +
    ""","temperature":21.47,"voltage":3005}""";

(string Name, string Template, string Payload)[] cases =
[
    ("one property of a small payload", "{{ value_json.x }}", """{"x":21.5}"""),
    ("one property of a payload of a sensor", "{{ value_json.temperature }}", Plug),
    ("a filter", "{{ value_json.temperature | round(1) }}", Plug),
    ("a condition", "{{ 'ON' if value_json.battery | int > 20 else 'OFF' }}", Plug),
    ("a default", "{{ value_json.missing | default('unknown') }}", Plug),
    ("the payload itself", "{{ value }}", "21.5"),
    ("text", "{{ value | upper | replace('O', '0') }}", "hello world"),
    ("a loop", "{% for k, v in value_json.items() %}{{ k }}={{ v }}{{ ', ' if not loop.last }}{% endfor %}", Plug),
    ("a regular expression", "{{ value | regex_replace('^.*/([a-z]+)$', '\\\\1') }}", "home/living/lamp"),
    ("static text", "ON", "x"),
];

var seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 1.0;
Console.WriteLine($"| template | renderings/s | bytes each |\n| --- | ---: | ---: |");
foreach (var (name, text, payload) in cases)
{
    var template = Template.Parse(text);
    var bytes = Encoding.UTF8.GetBytes(payload);
    // Until all code is compiled for speed.
    Measure(template, bytes, 1);
    var (rate, allocated) = Measure(template, bytes, seconds);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {rate:N0} | {allocated:N0} |"));
}

var parsed = 0;
var watch = Stopwatch.StartNew();
while (watch.Elapsed.TotalSeconds < seconds)
{
    Template.Parse(cases[3].Template);
    parsed++;
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"\nCompiling: {parsed / watch.Elapsed.TotalSeconds:N0} templates/s"));

static (double Rate, double Allocated) Measure(Template template, byte[] payload, double seconds)
{
    var count = 0;
    var before = GC.GetAllocatedBytesForCurrentThread();
    var watch = Stopwatch.StartNew();
    while (watch.Elapsed.TotalSeconds < seconds)
    {
        // The clock is read once for many renderings.
        for (var index = 0; index < 1000; index++)
        {
            _ = template.Render(new TemplateContext { Payload = payload }).Text.Length;
        }

        count += 1000;
    }

    return (count / watch.Elapsed.TotalSeconds, (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count);
}
