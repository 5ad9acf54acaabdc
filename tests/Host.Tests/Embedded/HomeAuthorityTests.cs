using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Embedded.Internal.Tls;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Embedded;

public sealed class HomeAuthorityTests
{
    private readonly ShiftedTime _time = new();
    private TempFolder _temp = null!;
    private HomeAuthority _authority = null!;

    [SetUp]
    public void SetUp()
    {
        _time.Ahead = TimeSpan.Zero;
        _temp = new TempFolder();
        _authority = new HomeAuthority(DataFolderFeature.OpenShared(new BridgeOptions { Data = _temp.Path }), _time);
    }

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    public void The_first_time_makes_an_authority_and_a_certificate_and_later_times_keep_both()
    {
        _authority.Ensure(["home.lan", "192.168.1.5"]).ShouldBeTrue();
        var authority = File.ReadAllText(_authority.CaFile);
        var server = File.ReadAllText(_authority.ServerFile);

        _authority.Ensure(["home.lan"]).ShouldBeFalse();

        File.ReadAllText(_authority.CaFile).ShouldBe(authority);
        File.ReadAllText(_authority.ServerFile).ShouldBe(server);
        ServerCertificate.TryReadFile(_authority.ServerFile)!.Names.ShouldBe(["home.lan", "192.168.1.5"]);
        authority.ShouldNotContain("PRIVATE KEY");
    }

    [Test]
    public void The_keys_are_for_their_owner_only()
    {
        _authority.Ensure(["home.lan"]);
        foreach (var file in new[] { _authority.ServerFile, _temp.Of("nats", "tls", "ca.key") })
        {
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
            File.ReadAllText(file).ShouldContain("PRIVATE KEY");
        }
    }

    [Test]
    public void A_certificate_that_ends_soon_is_renewed_by_the_same_authority_with_all_its_names()
    {
        _authority.Ensure(["old.lan"]);
        var authority = File.ReadAllText(_authority.CaFile);
        var before = ServerCertificate.TryReadFile(_authority.ServerFile)!;
        _time.Ahead = TimeSpan.FromDays(500);
        _authority.Ensure(["new.lan", "old.lan"]).ShouldBeTrue("a name is new");
        _time.Ahead = TimeSpan.FromDays(600);
        _authority.Ensure(["new.lan"]).ShouldBeFalse("there is time left");
        _time.Ahead = TimeSpan.FromDays(500 + 700);

        _authority.Ensure(["new.lan"]).ShouldBeTrue();

        File.ReadAllText(_authority.CaFile).ShouldBe(authority);
        var after = ServerCertificate.TryReadFile(_authority.ServerFile)!;
        after.Names.ShouldBe(["new.lan", "old.lan"]);
        after.End.ShouldBeGreaterThan(before.End + TimeSpan.FromDays(1000));
        using var issuer = X509Certificate2.CreateFromPem(authority);
        after.IsIssuedBy(issuer).ShouldBeTrue();
    }

    [Test]
    public void A_certificate_of_the_future_is_made_anew_because_the_clock_was_wrong()
    {
        _time.Ahead = TimeSpan.FromDays(100);
        _authority.Ensure(["home.lan"]);
        var wrong = ServerCertificate.TryReadFile(_authority.ServerFile)!;
        _time.Ahead = TimeSpan.FromDays(50);

        // The authority itself begins later still: it stays, because devices know it.
        _authority.Ensure(["home.lan"]).ShouldBeTrue();
        ServerCertificate.TryReadFile(_authority.ServerFile)!.End.ShouldBeLessThan(wrong.End);
    }

    [Test]
    public void A_certificate_of_another_authority_or_none_at_all_is_replaced()
    {
        _authority.Ensure(["home.lan"]);
        File.Delete(_temp.Of("nats", "tls", "ca.key"));
        _authority.Ensure(["home.lan"]).ShouldBeTrue();
        using var issuer = X509Certificate2.CreateFromPem(File.ReadAllText(_authority.CaFile));
        ServerCertificate.TryReadFile(_authority.ServerFile)!.IsIssuedBy(issuer).ShouldBeTrue();

        File.WriteAllText(_authority.ServerFile, "nonsense");
        _authority.Ensure(["home.lan"]).ShouldBeTrue();
    }

    [Test]
    public void An_authority_that_cannot_be_read_is_an_error_that_names_the_file_and_keeps_it()
    {
        _authority.Ensure(["home.lan"]);
        var key = _temp.Of("nats", "tls", "ca.key");
        File.WriteAllText(key, "nonsense");

        Should.Throw<EmbeddedServerException>(() => _authority.Ensure(["home.lan"])).Message.ShouldContain(key);
        File.ReadAllText(key).ShouldBe("nonsense");
    }

    [Test]
    public void The_number_of_names_is_bounded_and_the_wanted_ones_are_among_them()
    {
        for (var i = 0; i < 100; i++)
        {
            _authority.Ensure([$"192.168.1.{i}"]);
        }

        var names = ServerCertificate.TryReadFile(_authority.ServerFile)!.Names;
        names.Count.ShouldBe(64);
        names.ShouldContain("192.168.1.99");
    }

    /// <summary>OpenSSL as Python and many devices use it, as strict as it gets.</summary>
    [Test]
    public async Task OpenSsl_accepts_the_chain_at_its_strictest()
    {
        _authority.Ensure(["home.lan", "192.168.1.5"]);
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "openssl",
            ["verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "home.lan", "-CAfile", _authority.CaFile, _authority.ServerFile])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, output);
    }
}
