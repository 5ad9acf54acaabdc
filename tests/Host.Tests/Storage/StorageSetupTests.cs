using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Storage.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

/// <summary>The streams, the bridge id and the format. Each test is a home of its own on the same server.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class StorageSetupTests(NatsServerVersion version)
{
    private NatsServerProcess _server = null!;
    private TempFolder _folder = null!;
    private StorageParts _parts = null!;
    private string _prefix = null!;

    private string Upper => _prefix.ToUpperInvariant();

    [OneTimeSetUp]
    public async Task StartServer() => _server = await HomeServer.StartAsync(version);

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [SetUp]
    public async Task SetUp()
    {
        _prefix = $"t{TestContext.CurrentContext.Test.ID.Replace('-', 'x')}";
        _folder = new TempFolder();
        _parts = await OpenAsync(_folder);
    }

    [TearDown]
    public async Task TearDown()
    {
        foreach (var name in await _parts.NamesAsync(_prefix))
        {
            await _parts.JetStream.DeleteStreamAsync(name);
        }

        await _parts.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task What_the_features_declare_is_made_and_nothing_else()
    {
        await _parts.EnsureAsync();

        string[] streams = ["TELEMETRY", "STATE", "IMAGES", "DEVICE_EVENTS", "EVENTS", "AUDIT", "DLQ"];
        string[] buckets = ["devices", "availability", "leases", "bridge"];
        (await _parts.NamesAsync(_prefix)).ShouldBe(
            streams.Select(name => $"{Upper}_{name}").Concat(buckets.Select(name => $"KV_{_prefix}_{name}")), ignoreOrder: true);
        var devices = await _parts.Storage.Bucket($"{_prefix}_devices").GetStatusAsync();
        devices.Info.Config.MaxMsgsPerSubject.ShouldBe(10);
        var telemetry = (await _parts.JetStream.GetStreamAsync($"{Upper}_TELEMETRY")).Info.Config;
        telemetry.MaxBytes.ShouldBe(32 * StorageDeclarations.Mebibyte, "half of what storage.max_bytes allows");
        telemetry.Discard.ShouldBe(StreamConfigDiscard.Old);
    }

    [Test]
    public async Task A_prefix_of_several_tokens_names_everything()
    {
        await using var dotted = await StorageParts.OpenAsync(_server.Url, $"{_prefix}.house", _folder);
        await dotted.EnsureAsync();
        var names = await _parts.NamesAsync(_prefix);
        names.ShouldContain($"{Upper}-HOUSE_TELEMETRY");
        names.ShouldContain($"KV_{_prefix}-house_devices");
    }

    [TestCase(".house", "-house")]
    [TestCase("-b.c", ".b.c")]
    [TestCase("", null)]
    public async Task A_prefix_whose_names_are_anothers_is_refused_and_touches_nothing(string owner, string? other)
    {
        await using var first = await StorageParts.OpenAsync(_server.Url, _prefix + owner, _folder);
        await first.EnsureAsync();
        var before = await _parts.NamesAsync(_prefix);
        using var folder = new TempFolder();
        await using var second = await StorageParts.OpenAsync(_server.Url, other is null ? Upper : _prefix + other, folder);

        var error = await Should.ThrowAsync<StorageException>(second.EnsureAsync);
        error.Message.ShouldContain("--prefix");
        error.Message.ShouldContain($" as {_prefix}{owner},");
        second.Storage.Identified.IsCompleted.ShouldBeFalse();
        File.Exists(folder.Of("bridge_id")).ShouldBeFalse("it does not take over the other one's identity");
        (await _parts.NamesAsync(_prefix)).ShouldBe(before);
    }

    [Test]
    public async Task Two_homes_share_an_account_by_their_prefixes()
    {
        await _parts.EnsureAsync();
        using var folder = new TempFolder();
        await using var other = await StorageParts.OpenAsync(_server.Url, _prefix + "b", folder);
        await other.EnsureAsync();
        other.Storage.BridgeId.ShouldNotBe(_parts.Storage.BridgeId);
    }

    [Test]
    public async Task A_published_state_reaches_the_stream_of_last_states_through_telemetry()
    {
        await _parts.EnsureAsync();
        for (var i = 0; i < 3; i++)
        {
            var subject = _parts.Storage.Subjects.StateOf(new DeviceId("lamp", "hall"), "main");
            await _parts.JetStream.Connection.PublishAsync(subject, $"{i}");
        }

        await Eventually.TrueAsync(
            async () => (await _parts.JetStream.GetStreamAsync($"{Upper}_STATE")).Info.State is { Messages: 1, LastSeq: 3 },
            "the last state is there, once");
    }

    [Test]
    public async Task A_stream_out_of_shape_is_corrected_without_touching_what_is_the_operators()
    {
        await _parts.EnsureAsync();
        var audit = await _parts.JetStream.GetStreamAsync($"{Upper}_AUDIT");
        audit.Info.Config.DuplicateWindow.ShouldBe(TimeSpan.FromHours(1));
        await audit.UpdateAsync(audit.Info.Config with
        {
            MaxBytes = 100_000, MaxAge = TimeSpan.FromDays(1), MaxMsgSize = 5_000, DuplicateWindow = TimeSpan.FromMinutes(2),
        });
        await _parts.EnsureAsync();

        var config = (await _parts.JetStream.GetStreamAsync($"{Upper}_AUDIT")).Info.Config;
        config.MaxBytes.ShouldBe(2 * StorageDeclarations.Mebibyte);
        config.MaxAge.ShouldBe(TimeSpan.FromDays(30));
        config.MaxMsgSize.ShouldBe(5_000);
        config.DuplicateWindow.ShouldBe(TimeSpan.FromHours(1));
    }

    [Test]
    public async Task The_events_of_an_earlier_layout_give_up_the_subjects_of_devices()
    {
        string[] before = [$"{_prefix}.events.>", $"{_prefix}.devices.*.*.event.*", $"{_prefix}.devices.*.*.past.*"];
        await _parts.JetStream.CreateStreamAsync(new StreamConfig($"{Upper}_EVENTS", before));
        await _parts.EnsureAsync();
        (await _parts.JetStream.GetStreamAsync($"{Upper}_EVENTS")).Info.Config.Subjects.ShouldBe([before[0]]);
        var events = (await _parts.JetStream.GetStreamAsync($"{Upper}_DEVICE_EVENTS")).Info.Config;
        events.Subjects.ShouldBe([before[1], before[2]], ignoreOrder: true);
    }

    [TestCase("something.else")]
    [TestCase("{0}.events.>", "something.else")]
    public async Task A_stream_of_that_name_with_other_subjects_is_refused_by_name_until_it_is_gone(params string[] subjects)
    {
        string[] other = [.. subjects.Select(subject => string.Format(null, subject, _prefix))];
        await _parts.JetStream.CreateStreamAsync(new StreamConfig($"{Upper}_EVENTS", other));

        var error = await Should.ThrowAsync<StorageException>(_parts.EnsureAsync);
        error.Message.ShouldContain($"{Upper}_EVENTS");
        error.Message.ShouldContain("something.else");
        error.Repair!.Key.ShouldBe("foreign_stream");
        (await _parts.JetStream.GetStreamAsync($"{Upper}_EVENTS")).Info.Config.Subjects.ShouldBe(other);

        await _parts.JetStream.DeleteStreamAsync($"{Upper}_EVENTS");
        await _parts.EnsureAsync();
    }

    [Test]
    public async Task A_foreign_stream_that_has_the_homes_subjects_is_refused_by_name()
    {
        await _parts.JetStream.CreateStreamAsync(new StreamConfig($"{_prefix}GREEDY", [$"{_prefix}.>"]));

        var error = await Should.ThrowAsync<StorageException>(_parts.EnsureAsync);
        error.Message.ShouldContain($"{_prefix}GREEDY");
        error.Message.ShouldContain($"{Upper}_TELEMETRY");
        (await _parts.JetStream.GetStreamAsync($"{_prefix}GREEDY")).Info.Config.Subjects.ShouldBe([$"{_prefix}.>"]);

        await _parts.JetStream.DeleteStreamAsync($"{_prefix}GREEDY");
        await _parts.EnsureAsync();
    }

    [Test]
    public async Task The_bridge_id_survives_a_restart_and_is_taken_over_by_a_fresh_store()
    {
        await _parts.EnsureAsync();
        var id = _parts.Storage.BridgeId;
        id.ShouldMatch("^[a-z0-9]{8}$");
        await using var again = await OpenAsync(_folder);
        await again.EnsureAsync();
        again.Storage.BridgeId.ShouldBe(id);
        again.Setup.FormerId.ShouldBeNull();

        await _parts.JetStream.DeleteStreamAsync($"KV_{_prefix}_bridge");
        await using var fresh = await OpenAsync(_folder);
        await fresh.EnsureAsync();
        fresh.Storage.BridgeId.ShouldBe(id);
        fresh.Setup.FormerId.ShouldBe(id);
    }

    [Test]
    public async Task The_bridge_id_in_the_store_wins_over_the_folders_copy()
    {
        await _parts.EnsureAsync();
        var id = _parts.Storage.BridgeId;
        await File.WriteAllTextAsync(_folder.Of("bridge_id"), "aaaabbbb");
        await using var again = await OpenAsync(_folder);
        await again.EnsureAsync();
        again.Storage.BridgeId.ShouldBe(id);
        (await File.ReadAllTextAsync(_folder.Of("bridge_id"))).Trim().ShouldBe(id);
    }

    [Test]
    public async Task Two_sidecars_that_start_at_once_agree_on_one_bridge_id()
    {
        using var folder = new TempFolder();
        await using var other = await OpenAsync(folder);
        await Task.WhenAll(_parts.EnsureAsync(), other.EnsureAsync());
        other.Storage.BridgeId.ShouldBe(_parts.Storage.BridgeId);
    }

    [Test]
    public async Task An_older_sidecar_writes_nothing_over_a_newer_format()
    {
        await _parts.EnsureAsync();
        var bridge = _parts.Storage.Bucket($"{_prefix}_bridge");
        await bridge.PutAsync(BridgeIdentity.FormatKey, "2");
        await _parts.JetStream.DeleteStreamAsync($"{Upper}_DLQ");

        await using var older = await OpenAsync(_folder);
        (await Should.ThrowAsync<StorageException>(older.EnsureAsync)).Message.ShouldContain("newer");
        var running = await Should.ThrowAsync<StorageException>(() => _parts.Setup.CheckFormatAsync(CancellationToken.None));
        running.IsNewer.ShouldBeTrue();
        (await _parts.NamesAsync(_prefix)).ShouldNotContain($"{Upper}_DLQ");
        (await bridge.GetEntryAsync<string>(BridgeIdentity.FormatKey)).Value.ShouldBe("2");
    }

    [Test]
    public async Task A_damaged_identity_is_put_right()
    {
        await _parts.EnsureAsync();
        var bridge = _parts.Storage.Bucket($"{_prefix}_bridge");
        string[] keys = [BridgeIdentity.FormatKey, BridgeIdentity.IdKey];
        var before = await ReadAsync(bridge, keys);
        foreach (var key in keys)
        {
            await bridge.PutAsync(key, $$"""{"stream":"{{Upper}}_TELEMETRY","seq":12}""");
        }

        await _parts.Setup.CheckFormatAsync(CancellationToken.None);
        (await ReadAsync(bridge, keys)).ShouldBe(before);
    }

    private static async Task<string[]> ReadAsync(INatsKVStore bucket, string[] keys)
    {
        var values = new List<string>();
        foreach (var key in keys)
        {
            values.Add((await bucket.GetEntryAsync<string>(key)).Value!);
        }

        return [.. values];
    }

    private Task<StorageParts> OpenAsync(TempFolder folder) => StorageParts.OpenAsync(_server.Url, _prefix, folder);
}
