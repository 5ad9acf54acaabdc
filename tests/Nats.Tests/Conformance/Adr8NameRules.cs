using NATS.Client.KeyValueStore;
using NATS.Client.KeyValueStore.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-8: which names keys and buckets may have.</summary>
public sealed class Adr8NameRules
{
    [TestCase("a")]
    [TestCase("Z9")]
    [TestCase("auth.username")]
    [TestCase("-/_=")]
    [TestCase("a/b=c_d-e.f")]
    [TestCase("_kv")]
    [Rule("ADR-8", "1.0")]
    public void A_key_is_of_letters_digits_dash_slash_underscore_equals_and_dots_inside(string key) => NatsKVStore.IsValidKey(key).ShouldBeTrue();

    [TestCase("")]
    [TestCase("a b")]
    [TestCase("a*")]
    [TestCase(">")]
    [TestCase("a\n")]
    [TestCase("a\r\nPUB x 0")]
    [TestCase("a\tb")]
    [TestCase("ü")]
    [TestCase("a:b")]
    [TestCase("a\\b")]
    [TestCase("a$")]
    [Rule("ADR-8", "1.0")]
    public void A_key_with_anything_else_is_refused(string key) => NatsKVStore.IsValidKey(key).ShouldBeFalse();

    [TestCase(".a")]
    [TestCase("a.")]
    [TestCase(".")]
    [Rule("ADR-8", "1.0")]
    public void A_key_neither_begins_nor_ends_with_a_dot(string key) => NatsKVStore.IsValidKey(key).ShouldBeFalse();

    [TestCase("a")]
    [TestCase("CONFIGURATION")]
    [TestCase("home_devices-1")]
    [Rule("ADR-8", "1.0")]
    public void A_bucket_is_named_with_letters_digits_dash_and_underscore(string bucket) => Should.NotThrow(() => KVNames.CheckBucket(bucket));

    [TestCase("")]
    [TestCase("a.b")]
    [TestCase("a b")]
    [TestCase("a/b")]
    [TestCase("a=b")]
    [TestCase("a*")]
    [TestCase(">")]
    [TestCase("a\n")]
    [TestCase("ü")]
    [Rule("ADR-8", "1.0")]
    public void A_bucket_named_with_anything_else_is_refused(string bucket) => Should.Throw<NatsKVException>(() => KVNames.CheckBucket(bucket));

    [TestCase("light.*", true)]
    [TestCase("*.*.state", true)]
    [TestCase(">", true)]
    [TestCase("light.>", true)]
    [TestCase(">.light", false)]
    [TestCase("li*t", false)]
    [TestCase("light.>x", false)]
    [TestCase("light..x", false)]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public void A_range_of_keys_is_a_key_with_wildcards_for_whole_tokens(string filter, bool isOne) => (KVNames.ProblemOfFilter(filter) is null).ShouldBe(isOne);
}
