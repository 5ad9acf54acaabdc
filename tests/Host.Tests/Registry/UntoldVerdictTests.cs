using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

/// <summary>A word follows its record: a kill or a lost connection may come between.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class UntoldVerdictTests(NatsServerVersion version) : RegistryTest(version)
{
    [Test]
    public async Task A_verdict_that_was_stored_and_not_told_is_told_after_the_restart_and_no_other()
    {
        await OnlineAsync(Hall);
        await OnlineAsync(Attic);
        var listener = await DeviceAsync(Gateway);
        await ConnectionStoredAsync(listener.Connection, Hall);
        await ConnectionStoredAsync(listener.Connection, Attic);
        await ToldAsync(listener.Connection);
        await using var words = await listener.Connection.SubscribeCoreAsync<byte[]>("home.discovery.available.*.*");
        await listener.Connection.PingAsync();

        // As a judge that is killed right after KV has acknowledged.
        await RestartSidecarAsync(async () => await StoreOfflineAsync(listener.Connection, Hall));

        var word = await words.Msgs.ReadAsync().AsTask().WaitAsync(Eventually.Deadline);
        word.Subject.ShouldBe("home.discovery.available.climate.hall");
        Encoding.UTF8.GetString(word.Data!).ShouldBe("offline");
        await ToldAsync(listener.Connection);
        await RestartSidecarAsync();
        await Eventually.TrueAsync(() => Sidecar.Get<JudgeLease>().IsHeld, "the next one judges");
        await RenewedAsync(listener.Connection);
        await listener.Connection.PingAsync();
        words.Msgs.TryRead(out var more).ShouldBeFalse($"{more.Subject} had been told");
    }

    [Test]
    public void Words_that_the_server_may_not_have_are_said_again_after_a_reconnect_until_it_has_them()
    {
        var (judge, first) = JudgingTheHall();
        judge.Stored(Hall, first.Record, 5, 2);
        judge.ToldUpTo.ShouldBe(0UL, "not said yet");
        judge.Said(Hall);
        judge.ToldUpTo.ShouldBe(5UL);

        judge.LinkDown();
        judge.LinkUp(3);
        var again = judge.TakeChanges(10).ShouldHaveSingleItem();
        (again.IsWritten, again.FlipsOnline, again.Record.Online).ShouldBe((true, true, true));
        judge.Said(Hall);
        judge.ToldForSure(judge.ToldUpTo);
        judge.LinkDown();
        judge.LinkUp(4);

        judge.TakeChanges(10).ShouldBeEmpty();
    }

    [Test]
    public void A_verdict_whose_acknowledgement_was_lost_is_told_when_it_is_found_stored()
    {
        var (judge, first) = JudgingTheHall();

        judge.Stored(Hall, first.Record, 5, 3);
        judge.NotWritten(Hall);

        var again = judge.TakeChanges(10).ShouldHaveSingleItem();
        (again.IsWritten, again.FlipsOnline).ShouldBe((true, true));
    }

    [Test]
    public void The_next_judge_tells_what_lies_beyond_the_lease_and_all_counts_as_told_where_it_says_nothing()
    {
        var judge = new AvailabilityJudge(new DiscoveryTimings(), new FakeTimeProvider());
        judge.LinkUp(1);
        judge.Track(Hall, default, 2);
        judge.Track(Attic, default, 2);
        judge.Stored(Hall, new AvailabilityRecord(true, DateTimeOffset.UnixEpoch, Reasons.Announced), 5, 2);
        judge.Stored(Attic, new AvailabilityRecord(false, DateTimeOffset.UnixEpoch, Reasons.Disconnected), 6, 2);

        judge.StartJudging(1, 3, told: 5);
        judge.TakeChanges(10).ShouldHaveSingleItem().Id.ShouldBe(Attic);
        judge.StopJudging();
        judge.StartJudging(2, 4);
        judge.TakeChanges(10).ShouldBeEmpty("written by a sidecar of before");
    }

    private static async Task StoreOfflineAsync(INatsConnection connection, DeviceId id)
    {
        var bucket = await BucketAsync(connection, "home_availability");
        var entry = await bucket.GetEntryAsync<byte[]>(id.ToString(), serializer: NatsRawSerializer<byte[]>.Default);
        AvailabilityRecord.TryRead(entry.Value, out var record).ShouldBeTrue();
        var verdict = record with { Online = false, Since = record.Since.AddSeconds(1), Why = Reasons.Disconnected, Connection = null };
        await bucket.UpdateAsync(id.ToString(), verdict.ToUtf8(), entry.Revision, NatsRawSerializer<byte[]>.Default);
    }

    private static async Task ConnectionStoredAsync(INatsConnection connection, DeviceId id)
    {
        var bucket = await BucketAsync(connection, "home_availability");
        await Eventually.TrueAsync(
            async () =>
            {
                var entry = await bucket.TryGetEntryAsync<byte[]>(id.ToString(), serializer: NatsRawSerializer<byte[]>.Default);
                return entry.Success && AvailabilityRecord.TryRead(entry.Value.Value, out var record) && record.Connection is not null;
            },
            $"the connection of {id} is stored");
    }

    /// <summary>Twice: the second time goes after whatever the judge had to say when it began.</summary>
    private static async Task RenewedAsync(INatsConnection connection)
    {
        var leases = await BucketAsync(connection, "home_leases");
        var first = (await leases.GetEntryAsync<byte[]>(JudgeLeaseRecord.Key, serializer: NatsRawSerializer<byte[]>.Default)).Revision;
        await Eventually.TrueAsync(
            async () => (await leases.GetEntryAsync<byte[]>(JudgeLeaseRecord.Key, serializer: NatsRawSerializer<byte[]>.Default)).Revision >= first + 2, "the lease is renewed");
    }

    /// <summary>The judge's lease says that all that is stored has been told.</summary>
    private static async Task ToldAsync(INatsConnection connection)
    {
        var availability = await BucketAsync(connection, "home_availability");
        var leases = await BucketAsync(connection, "home_leases");
        await Eventually.TrueAsync(
            async () =>
            {
                var lease = await leases.GetEntryAsync<byte[]>(JudgeLeaseRecord.Key, serializer: NatsRawSerializer<byte[]>.Default);
                return JudgeLeaseRecord.Read(lease.Value).Told >= (await availability.GetStatusAsync()).Info.State.LastSeq;
            },
            "the lease says that all is told");
    }

    private static async Task<INatsKVStore> BucketAsync(INatsConnection connection, string name) => await new NatsKVContext(new NatsJSContext(connection)).GetStoreAsync(name);

    /// <summary>A judge whom the hall has been announced to, and its first verdict, which is not stored yet.</summary>
    private static (AvailabilityJudge Judge, AvailabilityChange First) JudgingTheHall()
    {
        var judge = new AvailabilityJudge(new DiscoveryTimings(), new FakeTimeProvider());
        judge.LinkUp(1);
        judge.StartJudging(1, 1);
        judge.Track(Hall, default, 2);
        judge.Announced(Hall, 2);
        return (judge, judge.TakeChanges(10).ShouldHaveSingleItem());
    }
}
