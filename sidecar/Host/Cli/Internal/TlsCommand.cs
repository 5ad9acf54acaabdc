using System.CommandLine;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary><c>tls init</c>: the home's own certificate authority, and a certificate for its nats-server.</summary>
internal static class TlsCommand
{
    public static Command Create(IReadOnlyList<Setting> table)
    {
        var init = new Command(
            "init", "Make the home's certificate authority, once, and a new certificate of its nats-server (--nats-tls-name)");
        var flags = SettingsFlags.AddTo(init, table, SettingsFlags.IsOfServer);
        init.SetAction((parsed, cancellationToken) => Guard.RunAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var options = flags.Read(parsed).Current;
            await using var services = CommandServices.Build(options, DataFolderFeature.OpenShared(options));
            var server = services.GetRequiredService<IEmbeddedServer>();
            if (!server.IsUsed)
            {
                throw new SettingsException("--nats names another server: its operator makes its certificate");
            }

            var made = await server.RenewCertificateAsync(cancellationToken);
            await WriteAsync(parsed.InvocationConfiguration.Output, made, server.Access);
            return ExitCodes.Ok;
        }));
        return new Command("tls", "Certificates of the embedded nats-server") { init };
    }

    private static async Task WriteAsync(TextWriter output, HomeCertificate made, ServerAccess access)
    {
        var host = made.Names.FirstOrDefault(name => !IsLoopback(name)) ?? "localhost";
        var server = $"tls://{host}:{new Uri(access.Url).Port}";
        var use = made.IsUsed
            ? "The nats-server uses the certificate from now on. Connections stay."
            : access.Tls is { } other
                ? $"It is not used: the settings name the certificate {other.CertFile}."
                : access.IsLocal
                    ? "It is not used yet: the nats-server listens on this machine only. With --nats-listen 0.0.0.0:4222 it uses it."
                    : "It is not used: --nats-plain.";
        await output.WriteLineAsync($"""
            Authority    {made.CaFile}   (valid until {made.CaEnd:yyyy-MM-dd}; later certificates come from it too)
            Certificate  valid until {made.End:yyyy-MM-dd}, renewed at a start of the sidecar; its names:
                         {string.Join(", ", made.Names)}
                         (add one with --nats-tls-name NAME)

            {use}
            A device connects to {server} and verifies the server with a copy of ca.pem:
              nats-py      tls=ssl.create_default_context(cafile="ca.pem")
              C#           CaFile = "ca.pem"
              nats         --tlsca ca.pem
            """);
    }

    private static bool IsLoopback(string name) => name is "localhost" or "127.0.0.1" or "::1";
}
