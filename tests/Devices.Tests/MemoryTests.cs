using System.Text;
using System.Text.Json;
using HaNatsBridge.Devices.Internal;
using Microsoft.Extensions.Time.Testing;

namespace HaNatsBridge.Devices.Tests;

internal sealed class MemoryTests
{
    private static readonly DeviceDescription Node = new DeviceDescription("node", "one")
        .With("fast", "sensor", new { expire_after = 60 })
        .With("slow", "sensor")
        .With("third", "sensor");

    private readonly FakeTimeProvider _time = new();

    [Test]
    public void Answers_are_remembered_for_ten_minutes()
    {
        var answers = new AnswerMemory(_time);
        answers.Add("one", [1]);
        _time.Advance(TimeSpan.FromMinutes(10));
        answers.Find("one").ShouldBe([1]);

        _time.Advance(TimeSpan.FromSeconds(1));

        answers.Find("one").ShouldBeNull();
    }

    [Test]
    public void The_last_2048_answers_are_remembered()
    {
        var answers = new AnswerMemory(_time);
        for (var number = 0; number < 2049; number++)
        {
            answers.Add($"{number}", [1]);
        }

        answers.Find("0").ShouldBeNull();
        answers.Find("1").ShouldNotBeNull();
        answers.Find("2048").ShouldNotBeNull();
    }

    [Test]
    public void Answers_take_a_quarter_of_a_megabyte_at_most()
    {
        var answers = new AnswerMemory(_time);
        for (var number = 0; number < 20; number++)
        {
            answers.Add($"{number}", new byte[16 * 1024]);
        }

        Enumerable.Range(0, 20).Count(number => answers.Find($"{number}") is not null).ShouldBe(15);
    }

    [Test]
    public void Events_wait_half_a_minute_and_64_of_them_at_most()
    {
        var events = new EventQueue(_time);
        events.Add("key", [0]);
        _time.Advance(TimeSpan.FromSeconds(31));
        for (byte number = 1; number <= 65; number++)
        {
            events.Add("key", [number]);
        }

        var taken = new List<byte>();
        while (events.TryPeek(out var oldest))
        {
            taken.Add(oldest.Event[0]);
            events.Remove();
        }

        taken.ShouldBe(Enumerable.Range(2, 64).Select(number => (byte)number));
    }

    [Test]
    public void Entities_are_restored_one_by_one_until_the_whole_state_is_known()
    {
        var states = new StateCache(_time);
        states.Set("slow", "1"u8.ToArray());
        Messages(states).ShouldBe(["slow 1"]);

        states.Replace(Members("""{"fast":2,"slow":3}"""));
        states.Set("slow", "4"u8.ToArray());

        Messages(states).ShouldBe(["""all {"fast":2,"slow":4}"""]);
    }

    [Test]
    public void An_expired_state_is_not_published_again()
    {
        var states = new StateCache(_time);
        states.Replace(Members("""{"fast":2,"slow":3}"""));

        _time.Advance(TimeSpan.FromMinutes(1));

        Messages(states).ShouldBe(["""all {"slow":3}"""]);
    }

    [Test]
    public void A_whole_state_that_has_grown_too_large_for_one_message_is_restored_one_by_one()
    {
        var states = new StateCache(_time);
        states.Replace(Members("""{"fast":2}"""));
        states.Set("slow", Encoding.UTF8.GetBytes($"\"{new string('x', 40_000)}\""));
        states.Set("third", Encoding.UTF8.GetBytes($"\"{new string('x', 40_000)}\""));

        Messages(states).Select(message => message.Split(' ')[0]).ShouldBe(["fast", "slow", "third"], ignoreOrder: true);
    }

    private static List<string> Messages(StateCache states) =>
        [.. states.Messages(Node).Select(message => $"{message.Key ?? "all"} {Encoding.UTF8.GetString(message.State)}")];

    private static Dictionary<string, JsonElement> Members(string json) =>
        JsonElement.Parse(json).EnumerateObject().ToDictionary(member => member.Name, member => member.Value);
}
