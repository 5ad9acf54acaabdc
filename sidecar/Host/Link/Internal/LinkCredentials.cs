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

    private static NatsAuthOpts Login((string User, string Password) login) => new() { Username = login.User, Password = login.Password };
}
