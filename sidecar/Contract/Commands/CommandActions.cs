using HaNatsBridge.Contract.Platforms;

namespace HaNatsBridge.Contract.Commands;

/// <summary>What is known of the actions of each platform.</summary>
public static class CommandActions
{
    /// <summary>Asks a camera or image for its picture; the reply is the bytes.</summary>
    public const string GetImage = "get_image";

    /// <summary>Whether doing it twice is the same as doing it once: only such a command may be repeated after a lost answer, and only when its caller allows it.</summary>
    public static bool IsIdempotent(string platform, string action) =>
        action == GetImage || PlatformCatalog.Find(platform)?.FindAction(action)?.Idempotent == true;
}
