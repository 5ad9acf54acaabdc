using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Pictures;

/// <summary>Which pictures HOME_IMAGES has. Their bytes stay there: they are read when somebody asks for them.</summary>
public interface IPictures
{
    /// <summary>Completes when it is known which pictures are stored.</summary>
    Task Ready { get; }

    /// <summary>
    /// Calls the listener with every picture of an announced entity there is, and from now on with every change, in stream order.
    /// </summary>
    IDisposable Subscribe(IPictureListener listener);

    /// <summary>What was wrong with this device's last pictures, by entity key, for its diagnostics.</summary>
    IReadOnlyDictionary<string, string> ProblemsOf(DeviceId id);
}

/// <summary>
/// Is called with pictures: in order, one call at a time, under the lock of the store. Implementations must neither block, throw,
/// nor call the store.
/// </summary>
public interface IPictureListener
{
    /// <summary>An entity has a new picture.</summary>
    void PictureChanged(EntityId entity, Picture picture);

    /// <summary>An entity has no picture any more.</summary>
    void PictureRemoved(EntityId entity);
}

/// <summary>A stored picture, without its bytes.</summary>
/// <param name="StreamSequence">Its sequence in HOME_IMAGES; larger is newer.</param>
/// <param name="At">When the server stored it.</param>
/// <param name="ContentType">One of <see cref="Contract.Pictures.PictureTypes.All"/>, as the device says; null where it does
/// not.</param>
public sealed record Picture(ulong StreamSequence, DateTimeOffset At, string? ContentType);
