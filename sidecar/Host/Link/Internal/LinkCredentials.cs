using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Link.Internal;

/// <summary>The servers of both accounts, and the credentials for them.</summary>
internal static class LinkCredentials
{
    public static ((string Url, NatsAuthOpts Auth) Home, (string Url, NatsAuthOpts Auth)? System, NatsTlsOpts Tls) For(
        NatsOptions options, IEmbeddedServer embedded)
    {
        if (options.Url is { } url)
        {
            var system = options.SystemCreds is { } file
                ? (NatsUrls.WithoutUser(url), new NatsAuthOpts { CredsFile = file }) : ((string, NatsAuthOpts)?)null;
            var home = options.Creds is { } creds ? new NatsAuthOpts { CredsFile = creds } : NatsAuthOpts.Default;
            return ((url, home), system, NatsClientOptions.TlsOf(options));
        }

        var access = embedded.Access;
        return ((access.Url, Login(access.Home)), (access.Url, Login(access.System)), NatsClientOptions.TlsOf(access));
    }

    /// <summary>What is wrong with the credentials file; null: nothing. The client itself does not log it.</summary>
    public static string? ProblemOf(NatsAuthOpts auth)
    {
        if (auth.CredsFile is not { } file)
        {
            return null;
        }

        try
        {
            var isGood = File.ReadAllText(file).Contains("NATS USER JWT", StringComparison.Ordinal);
            return isGood ? null : $"{file} is no credentials file";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"The credentials file cannot be read: {exception.Message}";
        }
    }

    private static NatsAuthOpts Login((string User, string Password) login) =>
        new() { Username = login.User, Password = login.Password };
}
