using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Storage.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

/// <summary>A store that is not the one that was read restarts the host; nothing else does.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class StoreGuardTests(NatsServerVersion version)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private NatsServerProcess _server = null!;
    private TempFolder _folder = null!;
    private StorageParts _parts = null!;

    private string Store => Path.Combine(_server.Directory, "store");

    [SetUp]
    public async Task SetUp()
    {
        _server = await HomeServer.StartAsync(version);
        _folder = new TempFolder();
        _parts = await OpenAsync();
        await _parts.StartAsync();
        await _parts.Storage.Ready.WaitAsync(Patience);
        await Eventually.TrueAsync(() => _parts.Watch.Looks > 0, "the service's own first look is over");
    }

    [TearDown]
    public async Task TearDown()
    {
        await _parts.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_bucket_that_was_made_anew_restarts_the_host_and_the_next_one_says_so_while_it_runs()
    {
        var devices = await _parts.JetStream.GetStreamAsync("KV_home_devices");
        await devices.DeleteAsync();
        await _parts.JetStream.CreateStreamAsync(devices.Info.Config);
        await _parts.Guard.CheckAsync(CancellationToken.None);
        (await _parts.Restart.Requested.WaitAsync(Patience)).ShouldContain("KV_home_devices was made anew");
        await _parts.DisposeAsync();

        _parts = await OpenAsync();
        await _parts.StartAsync();
        await _parts.Storage.Ready.WaitAsync(Patience);
        var repair = _parts.Repairs.ShouldHaveSingleItem();
        repair.Id.ShouldBe("store_exchanged");
        repair.Placeholders["change"].ShouldContain("KV_home_devices was made anew");
        await _parts.LookAsync();
        _parts.Restart.IsRequested.ShouldBeFalse();
        await _parts.DisposeAsync();

        _parts = await OpenAsync();
        await _parts.StartAsync();
        await _parts.Storage.Ready.WaitAsync(Patience);
        _parts.Repairs.ShouldBeEmpty();
    }

    [Test]
    public async Task An_emptied_bucket_restarts_the_host_and_each_later_start_says_so_until_something_is_in_it()
    {
        var devices = _parts.Storage.Bucket("home_devices");
        await devices.PutAsync("lamp.desk", "1");
        await devices.PutAsync("lamp.hall", "1");
        await _parts.Guard.CheckAsync(CancellationToken.None);
        await devices.DeleteAsync("lamp.hall");
        await devices.PurgeAsync("lamp.hall");
        await _parts.Guard.CheckAsync(CancellationToken.None);
        _parts.Restart.IsRequested.ShouldBeFalse("a removed device leaves a marker");

        await (await _parts.JetStream.GetStreamAsync("KV_home_devices")).PurgeAsync(new StreamPurgeRequest());
        await _parts.Guard.CheckAsync(CancellationToken.None);
        (await _parts.Restart.Requested.WaitAsync(Patience)).ShouldContain("KV_home_devices lost 2 of 2 keys");

        foreach (var found in new[] { "lost 2 of 2 keys", "is empty, although it had entries" })
        {
            await _parts.DisposeAsync();
            _parts = await OpenAsync();
            await _parts.StartAsync();
            await _parts.Storage.Ready.WaitAsync(Patience);
            _parts.Repairs.ShouldHaveSingleItem().Placeholders["change"].ShouldContain(found);
        }

        await _parts.Storage.Bucket("home_devices").PutAsync("lamp.desk", "1");
        await _parts.DisposeAsync();
        _parts = await OpenAsync();
        await _parts.StartAsync();
        await _parts.Storage.Ready.WaitAsync(Patience);
        _parts.Repairs.ShouldBeEmpty();
    }

    [Test]
    public async Task A_stream_that_is_gone_restarts_the_host_after_which_it_is_there_again()
    {
        await _parts.JetStream.DeleteStreamAsync("HOME_AUDIT");
        await _parts.Guard.CheckAsync(CancellationToken.None);
        (await _parts.Restart.Requested.WaitAsync(Patience)).ShouldContain("HOME_AUDIT is gone");

        await using var next = await OpenAsync();
        await next.EnsureAsync();
        (await next.NamesAsync("HOME")).ShouldContain("HOME_AUDIT");
    }

    [Test]
    public async Task A_stream_that_lost_what_was_read_restarts_the_host()
    {
        await PublishAsync(3);
        await _server.StopAsync();
        FolderCopy.Make(Store, Store + ".copy");
        await _server.StartAsync();
        await Eventually.TrueAsync(async () => await PublishedAsync(), "more is stored");
        using var end = new CancellationTokenSource();
        var reader = new Reader();
        var following = _parts.Get<StreamFollower>().FollowAsync(new StreamStart("HOME_TELEMETRY"), reader, end.Token);
        await reader.HasCaughtUp.WaitAsync(Patience);

        await _server.StopAsync();
        Directory.Delete(Store, recursive: true);
        Directory.Move(Store + ".copy", Store);
        await _server.StartAsync();

        var reason = await _parts.Restart.Requested.WaitAsync(Patience);
        reason.ShouldContain("HOME_TELEMETRY lost its end: message 4 was read, it ends at 3");
        await end.CancelAsync();
        await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [Test]
    public async Task Another_homes_store_gets_nothing_of_ours_and_restarts_the_host()
    {
        await _parts.Storage.EnsureThisHomeAsync(CancellationToken.None);
        await _server.StopAsync();
        Directory.Move(Store, Store + ".ours");
        await _server.StartAsync();
        using var folder = new TempFolder();
        await using var other = await StorageParts.OpenAsync(_server.Url, "home", folder);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await other.EnsureAsync();
                    return true;
                }
                catch (NatsException)
                {
                    return false;
                }
            },
            "the other home has its store");

        await Eventually.TrueAsync(() => _parts.Get<IHomeLink>().Generation == 2, "reconnected");
        await Should.ThrowAsync<NatsException>(() => _parts.Storage.EnsureThisHomeAsync(CancellationToken.None).AsTask());
        (await _parts.Restart.Requested.WaitAsync(Patience)).ShouldMatch("was made anew|is gone");
    }

    [Test]
    public async Task A_killed_server_that_comes_back_with_its_store_is_no_other()
    {
        await PublishAsync(100);
        using var end = new CancellationTokenSource();
        var reader = new Reader();
        var following = _parts.Get<StreamFollower>().FollowAsync(new StreamStart("HOME_TELEMETRY"), reader, end.Token);
        await reader.HasCaughtUp.WaitAsync(Patience);
        var looks = _parts.Watch.Looks;

        await _server.KillAsync();
        await _server.StartAsync();

        await Eventually.TrueAsync(() => _parts.Watch.Looks > looks, "it was looked at after the reconnect");
        _parts.Restart.IsRequested.ShouldBeFalse();
        await end.CancelAsync();
        await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task PublishAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Stored.PublishAsync(_parts.JetStream, "HOME_TELEMETRY", "home.devices.lamp.hall.state", $"{i}");
        }
    }

    private async Task<bool> PublishedAsync()
    {
        try
        {
            await PublishAsync(1);
            return true;
        }
        catch (NatsException)
        {
            return false;
        }
    }

    private Task<StorageParts> OpenAsync() => StorageParts.OpenAsync(_server.Url, "home", _folder);

    private sealed class Reader : IStreamReader
    {
        private readonly TaskCompletionSource _hasCaughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HasCaughtUp => _hasCaughtUp.Task;

        public void Read(in StreamMessage message)
        {
        }

        public void CaughtUp() => _hasCaughtUp.TrySetResult();
    }
}
