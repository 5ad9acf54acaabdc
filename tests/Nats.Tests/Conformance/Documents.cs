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
        new("Security", "Who a client is, and whom it trusts", Docs + "using-nats/developer/connecting/security"),
        Decision(1, "The JSON of the JetStream API"),
        Decision(2, "Typed messages"),
        Decision(4, "Message headers"),
        Decision(5, "Lame duck mode"),
        Decision(6, "Names"),
        Decision(7, "Error numbers"),
        Decision(8, "Key-value buckets"),
        Decision(9, "Idle heartbeats"),
        Decision(10, "Purging"),
        Decision(11, "Host names with several addresses"),
        Decision(13, "Pulls"),
        Decision(14, "Users of scoped signing keys"),
        Decision(15, "Subscribing to a stream, and acknowledging"),
        Decision(17, "Ordered consumers"),
        Decision(19, "Prefixes of the API for buckets"),
        Decision(22, "Publishing while nobody answers"),
        Decision(28, "Republishing"),
        Decision(31, "Direct gets"),
        Decision(32, "Services"),
        Decision(33, "Metadata"),
        Decision(34, "Several filters"),
        Decision(35, "Compression of streams"),
        Decision(36, "Renaming subjects in streams"),
        Decision(37, "Consuming made simple"),
        Decision(40, "Connections"),
        Decision(42, "Priority groups of pull consumers"),
        Decision(43, "Time to live of messages"),
        Decision(44, "Versions of streams and consumers"),
        Decision(47, "Requests with many replies"),
        Decision(48, "Time to live of keys"),
        Decision(50, "Publishing in batches"),
        Decision(51, "Scheduled messages"),
        Decision(53, "Feature flags of the server"),
        new("Source and Mirror", "Streams that are copied", Docs + "nats-concepts/jetstream/source_and_mirror"),
        new("JetStream on leaf nodes", "JetStream domains", Docs + "running-a-nats-service/configuration/leafnodes/jetstream_leafnodes"),
        new("JetStream wire API Reference", "Subjects and answers of the API", Docs + "reference/reference-protocols/nats_api_reference"),
        new("JetStream Headers", "Headers that streams know", Docs + "nats-concepts/jetstream/headers"),
        new("Streams", "What a stream can be told", Docs + "nats-concepts/jetstream/streams"),
        new("Consumers", "What a consumer can be told", Docs + "nats-concepts/jetstream/consumers"),
    ];

    /// <summary>Decisions for clients that name nothing this client does.</summary>
    public static readonly IReadOnlyList<Document> NotForUs =
    [
        Decision(3, "Latency of services", "of what servers publish; the trace headers that this client sends are the W3C's"),
        Decision(12, "Encryption at rest", "servers encrypt their own files"),
        Decision(16, "Ordered consumer groups", "states a problem, decides nothing"),
        Decision(18, "Options in URLs", "withdrawn by its authors: clients shall not"),
        Decision(20, "Object stores", "no room of the house stores objects"),
        Decision(21, "Configuration contexts", "files of the command line tool, optional for clients; the sidecar has its own settings"),
        Decision(23, "A simplified JetStream API", "a proposal without rules; ADR-37 decides"),
        Decision(24, "Restricted inboxes", "a proposal without rules"),
        Decision(25, "New credentials on an open connection", "a proposal without rules; this client reconnects with new ones"),
        Decision(26, "Authorization callout", "between servers and an authorization service, which the house does not have"),
        Decision(27, "Admission by client and version", "of servers, and a proposal; that a client tells both is a rule of CONNECT"),
        Decision(29, "Exclusive consumers", "a proposal without rules"),
        Decision(30, "Subject transforms", "servers transform; how a stream asks for it is ADR-36"),
        Decision(38, "OCSP of peers", "servers ask about the certificates of their clients"),
        Decision(39, "Certificate stores", "of a server's own certificate on Windows"),
        Decision(41, "Tracing the path of messages", "servers trace; the headers that start it are like any others"),
        Decision(45, "Long tests of the server", "the server's own tests"),
        Decision(46, "Requests with many replies", "the draft of ADR-47"),
        Decision(49, "Counters", "no room of the house counts in streams; the official client has it in an extra package"),
        Decision(52, "Direct gets without headers", "an option of the server that nothing here asks for: revisions and markers are headers"),
        Decision(54, "Codecs for keys and values", "an extra package of the official clients, and a proposal"),
        Decision(55, "Trusted proxies", "between proxies and servers"),
        Decision(56, "Consistency of streams", "promises of the server; the setting is one of a stream's fields"),
        Decision(57, "Durable sourcing", "the draft of ADR-60"),
        Decision(58, "Durable sourcing", "the draft of ADR-60"),
        Decision(59, "Sources and mirrors", "says what servers do; how a stream asks for them is ADR-1"),
        Decision(60, "Reliable sourcing", "between servers; resetting consumers (2.14) is left out, as no room does it"),
        Decision(61, "Recovery of the meta group", "a tool for operators"),
        Decision(62, "Reconciliation of placement", "between servers"),
        Decision(63, "Backup and restore", "a tool for operators; no room of the house makes a server's backups"),
    ];

    private static Document Decision(int number, string title, string? why = null) => new($"ADR-{number}", title, $"{Decisions}ADR-{number}.md", why);
}
