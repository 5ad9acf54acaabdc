using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.ForeignSubjects;

/// <summary>Mistakes in the section <c>subjects</c> stop the start and say where they are.</summary>
public sealed class SubjectSettingsTests
{
    private TempFolder _temp = null!;

    [SetUp]
    public void SetUp() => _temp = new TempFolder();

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [TestCase("- key: x", "line 2: subjects[0]: subject is missing")]
    [TestCase("- subject: a..b", "subjects[0].subject: write a subject like plant.*.moisture")]
    [TestCase("- subject: a.>", "> is not possible")]
    [TestCase("- subject: home.devices.lamp.desk.state", "subjects below home are the home's own")]
    [TestCase("- subject: '*.devices.lamp.desk.state'", "subjects below home are the home's own")]
    [TestCase("- subject: a.b.c\n  device_class: moistur", "line 3: subjects[0].device_class: ")]
    [TestCase("- subject: a.b.c\n  devcie_class: moisture", "line 3: subjects[0].devcie_class: ")]
    [TestCase("- subject: a.b.c\n  platform: senser", "line 3: subjects[0].platform: ")]
    [TestCase("- subject: a.b.c\n  device: {nmae: X}", "line 3: subjects[0].device.nmae: ")]
    [TestCase("- subject: a.b.c\n  value: '{{ value_json.m | roundd }}'", "line 3: subjects[0].value: the template is wrong: line 1, column ")]
    [TestCase("- subject: a.b.c\n  value: '{{ value_json.m '", "line 3: subjects[0].value: the template is wrong: line 1, column ")]
    [TestCase("- subject: a.b.c\n  value: a[x]", "write a path like")]
    [TestCase("- subject: a.b.c\n- subject: a.b.c", "line 3: subjects[1]: subjects[0] makes the entity a.b.c already")]
    [TestCase("- subject: a.*.c\n- subject: a.*.d\n  key: c", "line 3: subjects[1]: subjects[0] makes the entity a.{1}.c already")]
    [TestCase("- subject: a.b.c\n  device: {id: '{1}'}", "{1} stands for a * in subject, and there is none")]
    [TestCase("- subject: a.*.c\n  device: {id: '{2}'}", "there is no {2}")]
    [TestCase("- subject: a.b.c\n  command: x", "subjects[0].command: it needs command_subject")]
    [TestCase("- subject: a.b.c\n  command_subject: home.devices.lamp.desk.set", "commands cannot go below home")]
    [TestCase("- subject: a.*.c\n  command_subject: '{1}.set'", "the first word must be given")]
    [TestCase("- subject: a.b.c\n  command_subject: $JS.API.STREAM.DELETE.HOME_STATE", "commands cannot go below")]
    [TestCase("- subject: a.b.c\n  command_subject: a.b.c", "would come back as states")]
    [TestCase("- subject: a.b.c\n  command_subject: a.b.set\n  reply: maybe", "line 4: subjects[0].reply: write one of publish, request")]
    [TestCase("- subject: a.b.c\n  entities: []", "entities is empty")]
    [TestCase("- subject: a.b.c\n  entities: [{value: x}]", "subjects[0].entities[0]: give the entity a key")]
    [TestCase("- subject: a.b.c\n  unit_of_measurement: x\n  entities: [{key: x}]", "line 3: subjects[0].unit_of_measurement: there is no such setting")]
    [TestCase("- just text", "write settings with names below it")]
    public void A_mistake_names_the_line_and_the_path(string entries, string message) =>
        Should.Throw<SettingsException>(() => ConfiguredHome.Read(_temp, $"subjects:\n{entries}\n")).Message
            .ShouldContain(message, customMessage: "bridge.yaml");

    [Test]
    public void It_can_only_be_written_in_the_file() =>
        Should.Throw<SettingsException>(() => SettingsFeature.Read(
            [.. Program.Features.SelectMany(feature => feature.Settings)],
            new Dictionary<string, IReadOnlyList<string>>(),
            null,
            new Dictionary<string, string> { ["Bridge__Subjects"] = "a.b" },
            _temp.Path)).Message.ShouldContain("it can only be written in bridge.yaml");

    [Test]
    public void Every_example_of_the_page_is_right()
    {
        var examples = DocExamples.Yaml("subjects.md");
        examples.Count.ShouldBeGreaterThan(3);
        foreach (var example in examples)
        {
            Should.NotThrow(() => ConfiguredHome.Read(_temp, example), example);
        }
    }
}
