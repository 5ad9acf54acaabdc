using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Devices.Internal;

/// <summary>Whose a credential is: a device's (<c>type.id</c>), or a gateway's for a whole type (<c>type.*</c>).</summary>
internal readonly record struct CredentialScope
{
    private const string WholeType = ".*";

    private CredentialScope(string? gatewayType, string inboxPrefix, bool isCredential) =>
        (GatewayType, InboxPrefix, IsCredential) = (gatewayType, inboxPrefix, isCredential);

    /// <summary>The type whose devices one wildcard subscription serves; null for anything but a gateway's credential.</summary>
    public string? GatewayType { get; }

    /// <summary>The only prefix below which the credential may read answers.</summary>
    public string InboxPrefix { get; }

    /// <summary>Whether announcements go to the device's own subject.</summary>
    public bool IsCredential { get; }

    /// <exception cref="ArgumentException">Neither <c>type.id</c> nor <c>type.*</c>.</exception>
    public static CredentialScope Parse(string? text)
    {
        if (text is null)
        {
            return new CredentialScope(null, "_INBOX", false);
        }

        if (text.EndsWith(WholeType, StringComparison.Ordinal) && Token.IsValid(text.AsSpan(0, text.Length - WholeType.Length)))
        {
            var type = text[..^WholeType.Length];
            return new CredentialScope(type, $"_INBOX.{type}", true);
        }

        return DeviceId.TryParse(text, out var device)
            ? new CredentialScope(null, HomeSubjects.InboxOf(device), true)
            : throw new ArgumentException($"\"{text}\" is neither a device (lamp.desk) nor a type (lamp.*).", nameof(text));
    }
}
