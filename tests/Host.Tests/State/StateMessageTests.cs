using HaNatsBridge.Host.State.Internal;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

public sealed class StateMessageTests
{
    [TestCase("HOME_TELEMETRY 17", 17UL)]
    [TestCase("HOME_TELEMETRY:hash 18 > > home.devices.a.b.state", 18UL)]
    [TestCase("HOME_TELEMETRY", 0UL)]
    [TestCase("HOME_TELEMETRY -1", 0UL)]
    [TestCase("", 0UL)]
    public void The_source_sequence_is_the_second_word(string header, ulong expected) =>
        StateMessage.SourceSequence(header).ShouldBe(expected);
}
