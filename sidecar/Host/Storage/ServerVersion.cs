using NATS.Client.Core;

namespace HaNatsBridge.Host.Storage;

/// <summary>What an old nats-server lacks. The bridge works with 2.9 and newer; 2.12 is the first that lacks nothing.</summary>
public static class ServerVersion
{
    private static readonly Version Strict = new(2, 12);
    private static readonly Version SyncsOften = new(2, 10);
    private static readonly Version CopiesConditional = new(2, 10);

    /// <summary>For people, as the rest of a sentence; null: it lacks nothing.</summary>
    /// <param name="version">As the server reports it, like <c>2.10.27</c> or <c>2.12.0-preview.1</c>.</param>
    public static string? LacksOf(string? version)
    {
        const string strict = "strict checks of JetStream requests, a second barrier against hostile clients";
        return Parse(version) is not { } number || number >= Strict ? null
            : number >= SyncsOften ? strict
            : strict + "; writing to disk every 10 s, so a power failure can lose the last two minutes; "
                + "copying states past a message that its publisher made conditional, which the sidecar has to delete";
    }

    /// <summary>
    /// Whether a message with a condition (<c>Nats-Expected-…</c>) does no harm in a stream that another one copies: an older
    /// server checks the condition also in the copy, and stops copying there.
    /// </summary>
    public static bool TakesConditions(INatsConnection connection) => Parse(connection.ServerInfo?.Version) >= CopiesConditional;

    private static Version? Parse(string? version) =>
        Version.TryParse(version?.Split('-', '+')[0], out var number) ? number : null;
}
