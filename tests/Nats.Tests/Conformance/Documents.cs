namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>The public documents whose rules for clients are proven here, and those whose rules are not for this client, with the reason.</summary>
internal static class Documents
{
    private const string Decisions = "https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/";

    private const string Docs = "https://docs.nats.io/";

    /// <summary>In the order of docs/nats-conformance.md.</summary>
    public static readonly IReadOnlyList<Document> Proven =
    [
        new("Client Protocol", "What client and server say to each other", Docs + "reference/reference-protocols/nats-protocol"),
        Decision(4, "Message headers"),
        Decision(8, "Key-value buckets"),
        Decision(19, "Prefixes of the API for buckets"),
        Decision(28, "Republishing"),
        Decision(31, "Direct gets"),
        Decision(33, "Metadata"),
        Decision(36, "Renaming subjects in streams"),
        Decision(43, "Time to live of messages"),
        Decision(48, "Time to live of keys"),
        new("Source and Mirror", "Streams that are copied", Docs + "nats-concepts/jetstream/source_and_mirror"),
        new("JetStream on leaf nodes", "JetStream domains", Docs + "running-a-nats-service/configuration/leafnodes/jetstream_leafnodes"),
    ];

    /// <summary>Decisions for clients that name nothing this client does.</summary>
    public static readonly IReadOnlyList<Document> NotForUs =
    [
        Decision(20, "Object stores", "no room of the house stores objects"),
    ];

    private static Document Decision(int number, string title, string? why = null) => new($"ADR-{number}", title, $"{Decisions}ADR-{number}.md", why);
}
