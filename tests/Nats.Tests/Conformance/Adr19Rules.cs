using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-19: the JetStream and the buckets of another account, imported under a prefix. The accounts are those of the document.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(45_000)]
public sealed class Adr19Rules(NatsServerVersion version) : CoreTest(version)
{
    protected override NatsServerOptions ServerOptions => new()
    {
        Version = Version,
        JetStream = true,
        Config = """
            accounts: {
              A: {
                users: [ { user: a, password: a } ]
                jetstream: enabled
                exports: [ { service: "$JS.API.>", response_type: stream }, { service: "$KV.>" }, { stream: "forI.>" } ]
              }
              I: {
                users: [ { user: i, password: i } ]
                imports: [
                  { service: { account: A, subject: "$JS.API.>" }, to: "fromA.>" }
                  { service: { account: A, subject: "$KV.>" }, to: "fromA.$KV.>" }
                  { stream: { subject: "forI.>", account: A } }
                ]
              }
            }
            """,
    };

    [Test]
    [Rule("ADR-19", "Overview")]
    public async Task Everything_that_is_asked_of_the_API_begins_with_the_prefix(CancellationToken token)
    {
        var (importing, _) = Contexts();
        await using var tap = await WireTap.OpenAsync(Connect(As("i")), "fromA.>", token);
        await using var local = await WireTap.OpenAsync(Connect(As("i")), "$JS.>", token);
        var bucket = await importing.CreateStoreAsync(new NatsKVConfig("api") { Storage = NatsKVStorageType.Memory }, token);
        await bucket.PutAsync("k", 1, cancellationToken: token);
        await bucket.GetEntryAsync<int>("k", cancellationToken: token);
        (await tap.PassedAsync(token)).Select(static x => x.Subject).ShouldBe(["fromA.STREAM.CREATE.KV_api", "fromA.$KV.api.k", "fromA.DIRECT.GET.KV_api.$KV.api.k"]);
        (await local.PassedAsync(token)).ShouldBeEmpty();
    }

    [Test]
    [Rule("ADR-19", "KV Example")]
    public async Task A_bucket_of_another_account_is_used_by_the_prefix_alone(CancellationToken token)
    {
        var (importing, own) = Contexts();
        var there = await own.CreateStoreAsync(new NatsKVConfig("shared") { Storage = NatsKVStorageType.Memory, History = 5 }, token);
        var here = await importing.GetStoreAsync("shared", token);
        (await here.PutAsync("k", 1, cancellationToken: token)).ShouldBe(1ul);
        (await there.GetEntryAsync<int>("k", cancellationToken: token)).Value.ShouldBe(1);
        (await here.UpdateAsync("k", 2, 1, cancellationToken: token)).ShouldBe(2ul);
        await here.DeleteAsync("k", cancellationToken: token);
        (await here.CreateAsync("k", 4, cancellationToken: token)).ShouldBe(4ul);
        (await here.GetEntryAsync<int>("k", cancellationToken: token)).Value.ShouldBe(4);
    }

    [Test]
    [Rule("ADR-19", "KV Example")]
    public async Task The_stream_behind_a_prefix_takes_the_plain_subjects(CancellationToken token)
    {
        var (importing, own) = Contexts();
        await importing.CreateStoreAsync(new NatsKVConfig("plain") { Storage = NatsKVStorageType.Memory }, token);
        (await (await own.GetStoreAsync("plain", token)).GetStatusAsync(token)).Info.Config.Subjects.ShouldBe(["$KV.plain.>"]);
    }

    [Test]
    [Rule("ADR-19", "Overview")]
    public async Task A_prefix_that_nobody_imported_is_no_way_to_the_local_JetStream(CancellationToken token)
    {
        var nats = Connect(As("a"));
        var js = new NatsJSContext(nats, new NatsJSOpts(nats.Opts, apiPrefix: "fromNobody"));
        await Should.ThrowAsync<NatsNoRespondersException>(js.GetAccountInfoAsync(token).AsTask());
        await Should.ThrowAsync<NatsNoRespondersException>(js.CreateStreamAsync(new StreamConfig("S", ["s"]), token).AsTask());
    }

    private static Func<NatsOpts, NatsOpts> As(string user) => x => x with { AuthOpts = new NatsAuthOpts { Username = user, Password = user } };

    /// <summary>The buckets of account A, by the prefix from account I and at home.</summary>
    private (NatsKVContext Importing, NatsKVContext Own) Contexts()
    {
        var nats = Connect(As("i"));
        return (new NatsKVContext(new NatsJSContext(nats, new NatsJSOpts(nats.Opts, apiPrefix: "fromA"))), new NatsKVContext(new NatsJSContext(Connect(As("a")))));
    }
}
