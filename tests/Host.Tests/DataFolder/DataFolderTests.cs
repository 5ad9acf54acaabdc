using HaNatsBridge.Host.Admin;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.DataFolder;

public sealed class DataFolderTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderOfOwner = OwnerOnly | UnixFileMode.UserExecute;
    private TempFolder _temp = null!;

    [SetUp]
    public void SetUp() => _temp = new TempFolder();

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    public void The_first_start_makes_a_token_that_only_its_owner_can_read_and_later_ones_keep_it()
    {
        string token;
        using (var first = (IDisposable)DataFolderFeature.Open(Options()))
        {
            token = File.ReadAllText(_temp.Of("data", "token"));
        }

        File.GetUnixFileMode(_temp.Of("data", "token")).ShouldBe(OwnerOnly);
        token.Trim().Length.ShouldBe(43);
        var second = DataFolderFeature.Open(Options());
        second.IsToken(token.Trim()).ShouldBeTrue();
        second.IsToken(token.Trim() + "x").ShouldBeFalse();
        second.IsToken("").ShouldBeFalse();
        ((IDisposable)second).Dispose();
    }

    [Test]
    public void Two_sidecars_never_run_on_one_folder()
    {
        var first = DataFolderFeature.Open(Options());

        var error = Should.Throw<DataFolderException>(() => DataFolderFeature.Open(Options()));
        error.IsTaken.ShouldBeTrue();
        error.Message.ShouldContain($"process {Environment.ProcessId}");

        ((IDisposable)first).Dispose();
        ((IDisposable)DataFolderFeature.Open(Options())).Dispose();
    }

    [Test]
    public void A_command_may_open_the_folder_beside_a_sidecar()
    {
        using var first = (IDisposable)DataFolderFeature.Open(Options());
        DataFolderFeature.OpenShared(Options()).IsHeld.ShouldBeFalse();
    }

    [Test]
    public void A_token_that_is_too_short_is_refused()
    {
        Directory.CreateDirectory(_temp.Of("data"));
        File.WriteAllText(_temp.Of("data", "token"), "short\n");
        Should.Throw<DataFolderException>(() => DataFolderFeature.Open(Options())).Message.ShouldContain("shorter");
    }

    [Test]
    public void A_folder_that_cannot_be_made_is_an_error_that_says_what_to_do()
    {
        File.WriteAllText(_temp.Of("file"), "");
        var options = new BridgeOptions { Data = _temp.Of("file", "below") };
        Should.Throw<DataFolderException>(() => DataFolderFeature.Open(options)).Message.ShouldContain("--data");
    }

    [Test]
    public void What_is_written_privately_replaces_the_old_file_whole()
    {
        var folder = DataFolderFeature.OpenShared(Options());
        var file = folder.PathOf("below", "file");
        folder.WritePrivate(file, "long content"u8);
        folder.WritePrivate(file, "new"u8);

        File.ReadAllText(file).ShouldBe("new");
        File.GetUnixFileMode(file).ShouldBe(OwnerOnly);
        Directory.GetFiles(folder.PathOf("below")).Length.ShouldBe(1);
    }

    [Test]
    public async Task A_folder_and_a_token_that_others_can_read_are_made_private_and_the_log_says_so()
    {
        ((IDisposable)DataFolderFeature.Open(Options())).Dispose();
        const UnixFileMode everybody = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        File.SetUnixFileMode(_temp.Of("data", "token"), OwnerOnly | everybody);
        File.SetUnixFileMode(_temp.Of("data"), FolderOfOwner | everybody);

        var folder = DataFolderFeature.Open(Options());
        File.GetUnixFileMode(_temp.Of("data", "token")).ShouldBe(OwnerOnly);
        File.GetUnixFileMode(_temp.Of("data")).ShouldBe(FolderOfOwner);

        var app = BridgeHost.Build(
            Options() with { Listen = "127.0.0.1:0" }, folder, [new(null, services => services.AddRepairs().AddAdmin())],
            console: false);
        await app.StartAsync();
        await app.StopAsync();
        await app.DisposeAsync();
        ((IDisposable)folder).Dispose();
        var log = string.Concat(Directory.GetFiles(_temp.Of("data", "log")).Select(File.ReadAllText));
        log.ShouldContain("token could be read by other users");
        log.ShouldContain("data was open to other users");
    }

    [TestCase("lock")]
    [TestCase("token")]
    public void A_symbolic_link_in_the_folder_is_refused_and_what_it_names_is_not_touched(string name)
    {
        ((IDisposable)DataFolderFeature.Open(Options())).Dispose();
        const string content = "somebody else's file, long enough for a token";
        File.WriteAllText(_temp.Of("victim"), content);
        File.Delete(_temp.Of("data", name));
        File.CreateSymbolicLink(_temp.Of("data", name), _temp.Of("victim"));

        Should.Throw<DataFolderException>(() => DataFolderFeature.Open(Options())).Message
            .ShouldStartWith($"{_temp.Of("data", name)} is a symbolic link");
        File.ReadAllText(_temp.Of("victim")).ShouldBe(content);

        // The refusal holds nothing.
        File.Delete(_temp.Of("data", name));
        ((IDisposable)DataFolderFeature.Open(Options())).Dispose();
    }

    [Test]
    public void A_link_in_the_place_of_a_new_file_is_not_followed()
    {
        var folder = DataFolderFeature.OpenShared(Options());
        File.WriteAllText(_temp.Of("victim"), "old");
        var file = folder.PathOf("file");
        File.CreateSymbolicLink(file, _temp.Of("victim"));
        File.CreateSymbolicLink($"{file}.{Environment.ProcessId}.new", _temp.Of("victim"));

        folder.WritePrivate(file, "new"u8);

        File.ReadAllText(file).ShouldBe("new");
        File.ReadAllText(_temp.Of("victim")).ShouldBe("old");
    }

    [Test]
    public void A_pipe_in_the_place_of_the_token_does_not_stop_the_start()
    {
        Directory.CreateDirectory(_temp.Of("data"));
        using (var made = System.Diagnostics.Process.Start("mkfifo", _temp.Of("data", "token")))
        {
            made.WaitForExit();
        }

        Should.Throw<DataFolderException>(() => DataFolderFeature.Open(Options())).Message.ShouldContain("shorter");
    }

    private BridgeOptions Options() => new() { Data = _temp.Of("data") };
}
