namespace HaNatsBridge.Host.Storage;

/// <summary>What an old nats-server lacks. The bridge works with 2.9 and newer; 2.12 is the first that lacks nothing.</summary>
public static class OldServer
{
    /// <summary>The first version that lacks nothing.</summary>
    public static readonly Version Complete = new(2, 12);

    private static readonly Version SyncsOften = new(2, 10);

    /// <summary>For people, as the rest of a sentence; null: it lacks nothing.</summary>
    /// <param name="version">As the server reports it, like <c>2.10.27</c> or <c>2.12.0-preview.1</c>.</param>
    public static string? LacksOf(string? version)
    {
        const string strict = "strict checks of JetStream requests, a second barrier against hostile clients";
        if (!Version.TryParse(version?.Split('-', '+')[0], out var number) || number >= Complete)
        {
            return null;
        }

        return number >= SyncsOften
            ? strict
            : strict + "; writing to disk every 10 s, so a power failure can lose the last two minutes; "
                + "copying states past a message that its publisher made conditional, which the sidecar has to delete";
    }
}
