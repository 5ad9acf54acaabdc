using HaNatsBridge.Contract.Announcements;

namespace HaNatsBridge.Host.Registry.Internal.Announcing;

/// <summary>
/// An announcement on its way into KV. What it comes to depends on what is stored: a part that is wrong stays as it was. For one
/// thread at a time.
/// </summary>
/// <param name="payload">What the device sent.</param>
/// <param name="read">What it comes to where nothing is stored.</param>
internal sealed class Announcement(ReadOnlyMemory<byte> payload, AnnouncementResult read)
{
    private AnnouncementResult? _result;
    private ulong _revision;

    /// <summary>What it comes to beside a stored description; it is read again only where that makes a difference.</summary>
    /// <param name="stored">The description; null: there is none.</param>
    /// <param name="revision">Its revision.</param>
    public AnnouncementResult Beside(DeviceDescription? stored, ulong revision)
    {
        if (!read.Errors.IsEmpty && revision != _revision)
        {
            _revision = revision;
            _result = stored is null ? read : AnnouncementReader.Read(payload.Span, stored);
        }

        return _result ?? read;
    }
}
