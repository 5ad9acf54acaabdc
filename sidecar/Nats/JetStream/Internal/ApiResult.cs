using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream.Internal;

/// <summary>An answer of the JetStream API: the value or the server's error.</summary>
/// <param name="Value">The answer, when there is no error.</param>
/// <param name="Error">The server's error.</param>
/// <param name="Malformed">Why the answer could not be read.</param>
/// <param name="Config">The configuration as the server echoed it, when the reader was asked to keep it.</param>
internal readonly record struct ApiResult<T>(T? Value, ApiError? Error, Exception? Malformed = null, byte[]? Config = null);
