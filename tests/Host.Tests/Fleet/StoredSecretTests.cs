using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Fleet.Internal;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Fleet;

public sealed class StoredSecretTests
{
    [Test]
    public async Task The_secret_of_a_stored_credential_is_returned_also_when_the_server_cannot_reload()
    {
        using var temp = new TempFolder();
        var nats = new NatsOptions { ServerProgram = NatsServers.Newest, Listen = "127.0.0.1:0" };
        var options = new BridgeOptions { Data = temp.Path, Nats = nats };
        var folder = DataFolderFeature.OpenShared(options);
        var time = new HurriedTime();
        var store = new FleetStore(folder, time);
        var server = new EmbeddedServer(options, folder, [], time, NullLogger<EmbeddedServer>.Instance);
        var fleet = new FleetService(server, store, new ServerReload(server, time), time);
        Directory.CreateDirectory(temp.Of("nats"));

        // Another command is busy with the server's users, for longer than this one waits.
        using var busy = FileLock.TryTake(temp.Of("nats", "users.lock")).ShouldNotBeNull();
        var made = await fleet.AddDeviceAsync(new DeviceId("lamp", "desk"), [], password: false, CancellationToken.None);

        made.Secret.ShouldStartWith("SU");
        made.IsLive.ShouldBeFalse();
        made.Trouble.ShouldNotBeNull().ShouldContain("users.lock");
        fleet.List().ShouldHaveSingleItem();
    }
}
