using System.Text.Json.Nodes;

namespace HaNatsBridge.Mqtt.Entities;

/// <summary>What an entity uses of its surroundings.</summary>
internal sealed class EntityServices
{
    /// <summary>The entity's key in its device.</summary>
    public required string Key { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Notes that a message on a topic was not used, and why.</summary>
    public required Action<string, string> Ignored { get; init; }

    /// <summary>
    /// Runs something later, in the home's own order; disposing it cancels. The entity's state is published afterwards.
    /// </summary>
    public required Func<TimeSpan, Action, IDisposable> Later { get; init; }

    /// <summary>Fires an event of the entity: its type and attributes.</summary>
    public required Action<string, JsonObject?> Fire { get; init; }

    /// <summary>Announces the entity's device again, because the description has changed.</summary>
    public required Action Redescribe { get; init; }

    /// <summary>Publishes a picture of the entity: bytes and content type.</summary>
    public required Action<ReadOnlyMemory<byte>, string> Picture { get; init; }
}
