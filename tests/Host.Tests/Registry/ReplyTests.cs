using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

/// <summary>A reply subject is its sender's choice, and the server does not check the right to it: the sidecar must.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class ReplyTests(NatsServerVersion version) : RegistryTest(version)
{
    /// <summary>Whatever may hold a request's answer: the device's credential may publish none of it.</summary>
    private static readonly string[] Foreign =
    [
        "home.devices.lock.front.state", "home.devices.lock.front.set", "home.devices.climate.attic.state",
        "$KV.home_bridge.format_version", "$KV.home_devices.lock.front",
        "$JS.API.STREAM.PURGE.HOME_STATE", "somewhere.else", ReplySubject.SidecarInbox + ".x.1",
    ];

    [TestCase("home.discovery.announce.climate.hall", true)]
    [TestCase("home.discovery.announce.climate.hall", false)]
    [TestCase("home.discovery.remove.climate.hall", true)]
    [TestCase("home.discovery.remove.climate.hall", false)]
    public async Task A_device_does_not_have_the_sidecar_publish_what_it_may_not_publish_itself(string subject, bool isValid)
    {
        var device = await DeviceAsync(Hall, "climate.hall");
        await using var witness = await WitnessAsync();
        var payload = !isValid ? "{}"u8.ToArray() : subject.Contains(
            "announce", StringComparison.Ordinal) ? TestDevice.Describe(Hall) : [];

        foreach (var foreign in Foreign)
        {
            await device.Connection.PublishAsync(subject, payload, replyTo: foreign);
        }

        await ExpectNothingAsync(witness, () => device.AnnounceRawAsync(payload, subject));
        Sidecar.Get<RegistryMetrics>().RepliesRefused.ShouldBe(Foreign.Length);
    }

    [Test]
    public async Task A_client_without_credentials_does_not_have_the_list_of_devices_sent_elsewhere()
    {
        var device = await DeviceAsync(Hall);
        await using var witness = await WitnessAsync();

        foreach (var foreign in Foreign)
        {
            await device.Connection.PublishAsync("home.discovery.devices", "{}"u8.ToArray(), replyTo: foreign);
        }

        await ExpectNothingAsync(witness, () => device.AnnounceRawAsync([], "home.discovery.devices"));
    }

    [Test]
    public async Task What_comes_with_a_foreign_reply_subject_counts_as_published_without_one()
    {
        var device = await DeviceAsync(Hall, "climate.hall");
        await using var refusals = await Link.Home.SubscribeCoreAsync<string>("home.discovery.rejected");
        await Link.Home.PingAsync();

        await device.Connection.PublishAsync(
            "home.discovery.announce.climate.hall", "{}"u8.ToArray(), replyTo: "$KV.home_devices.lock.front");
        await device.Connection.PublishAsync(
            "home.discovery.announce.climate.hall", TestDevice.Describe(Hall), replyTo: "$KV.home_devices.lock.front");

        await Eventually.TrueAsync(
            () => Sidecar.Registry.TryGet(Hall, out _), "the announcement is the device's own, and counts");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        (await refusals.Msgs.ReadAsync(limit.Token)).Data.ShouldNotBeNull().ShouldContain("home.discovery.announce.climate.hall");
    }

    /// <summary>The servers' own kinds of reply subject are trusted for that.</summary>
    [TestCase("_R_.tvPq7a.x")]
    [TestCase("_GR_.qlx3tr.4hN2Ps.$KV.home_devices.lock.front")]
    [TestCase("$JS.ACK.HOME_STATE.x.1.1.1.1.0")]
    public async Task The_server_takes_no_reply_subject_that_only_servers_make(string reply)
    {
        var device = await DeviceAsync(Hall, "climate.hall");
        var refused = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        device.Connection.ServerError += (_, arguments) =>
        {
            refused.TrySetResult(arguments.Error);
            return ValueTask.CompletedTask;
        };

        await device.Connection.PublishAsync("home.discovery.announce.climate.hall", TestDevice.Describe(Hall), replyTo: reply);

        (await refused.Task.WaitAsync(TimeSpan.FromSeconds(10))).ShouldContain("Reply", Case.Insensitive);
    }

    private IHomeLink Link => Sidecar.Get<IHomeLink>();

    private async Task<INatsSub<byte[]>> WitnessAsync()
    {
        var witness = await Link.Home.SubscribeCoreAsync<byte[]>(
            ">", opts: new NatsSubOpts { ChannelOpts = new NatsSubChannelOpts { Capacity = 10_000 } });
        await Link.Home.PingAsync();
        return witness;
    }

    /// <summary>The sidecar answers in order: after the answer to the last request there is nothing left to come.</summary>
    private async Task ExpectNothingAsync(INatsSub<byte[]> witness, Func<Task> lastRequest)
    {
        await lastRequest();
        await Link.Home.PingAsync();
        var received = new List<string>();
        while (witness.Msgs.TryRead(out var message))
        {
            if (Foreign.Contains(message.Subject, StringComparer.Ordinal))
            {
                received.Add($"{message.Subject} {Encoding.UTF8.GetString(message.Data ?? [])}");
            }
        }

        received.ShouldBeEmpty();
    }
}
