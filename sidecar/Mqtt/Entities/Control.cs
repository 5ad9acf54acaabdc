using HaNatsBridge.Mqtt.Config;

namespace HaNatsBridge.Mqtt.Entities;

/// <summary>How a value that has topics of its own is set.</summary>
/// <param name="Topic">Where it is set; null: it cannot be set.</param>
/// <param name="Command">What is sent there.</param>
/// <param name="IsTold">Whether a topic tells it.</param>
/// <param name="IsAssumed">Whether it is assumed after a command.</param>
internal sealed record Control(string? Topic, CommandTemplate Command, bool IsTold, bool IsAssumed)
{
    /// <summary>Whether it is there at all: with a topic to set it or a topic that tells it.</summary>
    public bool IsGiven => Topic is not null || IsTold;
}
