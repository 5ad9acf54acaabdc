using NUnit.Framework;

namespace HaNatsBridge.Host.Tests.Support;

/// <summary>A folder that goes with the test.</summary>
public sealed class TempFolder : IDisposable
{
    public TempFolder() => Path = Directory.CreateTempSubdirectory("hanatsbridge-test-").FullName;

    public string Path { get; }

    public string Of(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A server that is just ending may still write its log: the system's own cleaning takes the rest.
            TestContext.Progress.WriteLine($"left behind: {Path}");
        }
    }
}
