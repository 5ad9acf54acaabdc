namespace HaNatsBridge.Contract.Announcements;

/// <summary>Reads announcements (contract.md, "Announce").</summary>
public static class AnnouncementReader
{
    /// <summary>The largest announcement, in bytes.</summary>
    public const int MaxBytes = 512 * 1024;

    /// <summary>The most entities of one device.</summary>
    public const int MaxEntities = 1000;

    /// <summary>Reads and checks an announcement. Never throws for what a device sent.</summary>
    public static AnnouncementResult Read(ReadOnlySpan<byte> utf8) => throw new NotImplementedException();
}
