using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Link.Internal;

/// <summary>As whom the sidecar comes to which server.</summary>
internal static class LinkCredentials
{
    public static ((string Url, NatsAuthOpts Auth) Home, (string Url, NatsAuthOpts Auth)? System) For(NatsOptions options, IEmbeddedServer embedded)
    {
        if (options.Url is { } url)
        {
            var system = options.SystemCreds is { } file ? (NatsUrls.WithoutUser(url), new NatsAuthOpts { CredsFile = file }) : ((string, NatsAuthOpts)?)null;
            return ((url, options.Creds is { } creds ? new NatsAuthOpts { CredsFile = creds } : NatsAuthOpts.Default), system);
        }

        var access = embedded.Access;
        return ((access.Url, Login(access.Home)), (access.Url, Login(access.System)));
    }

    /// <summary>What is wrong with the credentials file, for people; null: nothing. The client tries for ever without a word.</summary>
    public static string? Problem(NatsAuthOpts auth)
    {
        if (auth.CredsFile is not { } file)
        {
            return null;
        }

        try
        {
            return File.ReadAllText(file).Contains("NATS USER JWT", StringComparison.Ordinal) ? null : $"{file} is no credentials file";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"The credentials file cannot be read: {exception.Message}";
        }
    }

    private static NatsAuthOpts Login((string User, string Password) login) => new() { Username = login.User, Password = login.Password };
}
