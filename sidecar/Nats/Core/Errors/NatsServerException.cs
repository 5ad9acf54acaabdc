using System.Globalization;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

/// <summary>The server answered with -ERR.</summary>
public sealed class NatsServerException : NatsException
{
    public NatsServerException(string error)
        : base($"Server error: {error}")
    {
        ArgumentNullException.ThrowIfNull(error);
#pragma warning disable CA1308 // the official surface gives the text in lower case
        Error = error.ToLower(CultureInfo.InvariantCulture);
#pragma warning restore CA1308
        IsAuthError = ServerErrors.IsAuthError(ServerErrors.KindOf(error));
    }

    /// <summary>The server's words in lower case.</summary>
    public string Error { get; }

    public bool IsAuthError { get; }
}
