using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.DataFolder;

public sealed class DataFolderTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
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

    private BridgeOptions Options() => new() { Data = _temp.Of("data") };
}
