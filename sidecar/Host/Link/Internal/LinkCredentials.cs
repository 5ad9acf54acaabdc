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
            var system = options.SystemCreds is { } file ? (WithoutUser(url), new NatsAuthOpts { CredsFile = file }) : ((string, NatsAuthOpts)?)null;
            return ((url, options.Creds is { } creds ? new NatsAuthOpts { CredsFile = creds } : NatsAuthOpts.Default), system);
        }

        var access = embedded.Access;
        return ((access.Url, Login(access.Home)), (access.Url, Login(access.System)));
    }

    private static NatsAuthOpts Login((string User, string Password) login) => new() { Username = login.User, Password = login.Password };

    /// <summary>The URL without user and password: those are the home account's, and secrets.</summary>
    public static string WithoutUser(string url) => string.Join(',', url.Split(',').Select(one =>
    {
        var at = one.LastIndexOf('@');
        var scheme = one.IndexOf("://", StringComparison.Ordinal);
        return at < 0 ? one : scheme < 0 ? one[(at + 1)..] : one[..(scheme + 3)] + one[(at + 1)..];
    }));
}
