using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-31: replicas for reading, and the form of a request whose subject can be restricted.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class Adr31MirrorRules(Topology topology) : BucketRules(topology)
{
    [Test]
    [Rule("ADR-31", "Extended feature: MIRROR Direct Get responders")]
    public async Task A_mirror_that_takes_part_answers_the_direct_gets_of_its_origin(CancellationToken token)
    {
        var js = JetStream();
        var origin = await CreateStreamAsync(js, token, static x => x with { AllowDirect = true });
        var name = origin.Info.Config.Name!;
        (await js.PublishAsync($"{name}.k", "v", cancellationToken: token)).EnsureSuccess();
        var mirror = UniqueName();
        var config = new StreamConfig { Name = mirror, Storage = StreamConfigStorage.Memory, AllowDirect = true, MirrorDirect = true, Mirror = new StreamSource { Name = name } };
        await js.CreateStreamAsync(config, token);
        await Eventually.TrueAsync(
            async () => (await origin.GetDirectAsync<string>(new StreamMsgGetRequest { LastBySubj = $"{name}.k" }, cancellationToken: token)).Headers!["Nats-Stream"] == mirror,
            "the mirror answers");
    }

    [Test]
    [Rule("ADR-31", "Subject-Appended Direct Get API")]
    public async Task A_get_whose_subject_names_the_key_has_no_body_which_would_be_status_408(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await bucket.PutAsync("users.1234.name", "Bob", cancellationToken: token);
        var subject = $"$JS.API.DIRECT.GET.KV_{bucket.Bucket}.$KV.{bucket.Bucket}.users.1234.name";
        (await Here().RequestAsync<string, string>(subject, "{\"seq\":1}", cancellationToken: token)).Headers!.Code.ShouldBe(408);
        (await bucket.GetEntryAsync<string>("users.1234.name", cancellationToken: token)).Value.ShouldBe("Bob");
    }

    /// <summary>For servers or exports that know only the other form: the key stands in the body.</summary>
    [Test]
    [Rule("ADR-31", "Direct Get API")]
    public async Task A_bucket_can_be_read_with_the_key_in_the_body(CancellationToken token)
    {
        var made = await OpenBucketAsync(token);
        await made.PutAsync("k", 1, cancellationToken: token);
        var bucket = await new NatsKVContext(JetStream(), new NatsKVOpts { UseDirectGetApiWithKeysInSubject = false }).GetStoreAsync(made.Bucket, token);
        await using var tap = await WireTap.OpenAsync(There(), $"$JS.API.DIRECT.GET.KV_{bucket.Bucket}", token);
        (await bucket.GetEntryAsync<int>("k", cancellationToken: token)).Value.ShouldBe(1);
        (await tap.NextAsync(token)).Data.ShouldBe($$"""{"last_by_subj":"$KV.{{bucket.Bucket}}.k"}""");
    }
}
