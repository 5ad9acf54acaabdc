using System.Reflection;

namespace HaNatsBridge.Host.Health;

/// <summary>What runs, for reports.</summary>
public static class Product
{
    /// <summary>The product's version.</summary>
    public static string Version { get; } = typeof(Product).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
