namespace HaNatsBridge.Host.Tests.Support;

/// <summary>Where the project's files are.</summary>
public static class Project
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo folder) =>
        File.Exists(Path.Combine(folder.FullName, "HaNatsBridge.sln")) ? folder.FullName
        : Find(folder.Parent ?? throw new DirectoryNotFoundException("The tests run outside of the project's folder"));
}
