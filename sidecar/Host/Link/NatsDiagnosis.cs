using System.Net.Sockets;
using System.Security.Authentication;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Link.Internal;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Link;

/// <summary>
/// Finds out why a NATS server cannot be used. The client says only "can not connect uris", and it waits without a limit for a
/// program that is no NATS server. So the address is looked at first, then one login is tried.
/// </summary>
/// <param name="options">Address, credentials and TLS, as the connection has them.</param>
/// <param name="credentials">Where a person gives the credentials.</param>
/// <param name="isEmbedded">Whether it is the embedded server, which needs no setting.</param>
public sealed class NatsDiagnosis(
    NatsOpts options, string credentials = "--nats-creds, or user and password in --nats", bool isEmbedded = false)
{
    private const int UsualPort = 4222;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Looks; null where the server can be used.</summary>
    public async Task<NatsProblem?> FindAsync(CancellationToken cancellationToken)
    {
        if (LinkCredentials.ProblemOf(options.AuthOpts) is { } problem)
        {
            return new NatsProblem(problem, $"Give a .creds file, as nsc makes it ({credentials}).");
        }

        NatsProblem? first = null;
        foreach (var url in options.Url.Split(',', StringSplitOptions.TrimEntries))
        {
            var found = await LookAsync(url, cancellationToken) ?? await LogInAsync(url, cancellationToken);
            if (found is null)
            {
                return null;
            }

            first ??= isEmbedded
                ? found with { Remedy = "The sidecar starts and restarts this server itself: see nats_server and its log." }
                : found;
        }

        return first;
    }

    /// <summary>Whether a NATS server answers at the address at all.</summary>
    private static async Task<NatsProblem?> LookAsync(string url, CancellationToken cancellationToken)
    {
        var shown = NatsUrls.WithoutUser(url);
        var uri = new Uri(url.Contains("://", StringComparison.Ordinal) ? url : $"nats://{url}");
        try
        {
            var answers = await ServerProbe.AnswersAsync(uri.Host, uri.Port < 0 ? UsualPort : uri.Port, cancellationToken);

            // One that speaks TLS from the first byte says nothing before.
            return answers || uri.Scheme == "tls" ? null : new NatsProblem(
                $"{shown} answers, but not as a NATS server does", "Correct --nats: clients of NATS usually use port 4222.");
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => new NatsProblem(
                    $"{shown} cannot be found: there is no host {uri.Host}", "Correct --nats, or the name server."),
                SocketError.ConnectionRefused => new NatsProblem(
                    $"{shown} does not answer: nothing listens there",
                    "Start the NATS server, or name the right one with --nats; ./bridge run without --nats brings its own."),
                _ => new NatsProblem(
                    $"{shown} cannot be reached: {exception.Message}", "Correct --nats, or see the network and its firewalls."),
            };
        }
        catch (TimeoutException)
        {
            return new NatsProblem(
                $"{shown} cannot be reached: no answer within {ServerProbe.Patience.TotalSeconds:0} s",
                "Correct --nats, or see the network and its firewalls.");
        }
    }

    private async Task<NatsProblem?> LogInAsync(string url, CancellationToken cancellationToken)
    {
        var shown = NatsUrls.WithoutUser(url);
        try
        {
            await using var connection = new NatsConnection(NatsClientOptions.At(options, url));
            await connection.ConnectAsync().AsTask().WaitAsync(Patience, cancellationToken);
            return null;
        }
        catch (NatsException exception)
        {
            return Explain(shown, exception, hasLogin: !options.AuthOpts.IsAnonymous || shown != url);
        }
        catch (TimeoutException)
        {
            return new NatsProblem($"{shown} does not complete the login", "See the server's log.");
        }
    }

    private NatsProblem Explain(string shown, NatsException exception, bool hasLogin)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case NatsServerException refused:
                    return new NatsProblem(
                        $"{shown} refuses the connection ({refused.Error})",
                        hasLogin
                            ? $"Correct the credentials ({credentials}), or add them to the server."
                            : $"Give credentials ({credentials}).");
                case AuthenticationException tls:
                    return new NatsProblem(
                        $"{shown} has a certificate that this machine does not accept ({tls.Message})",
                        "Use a name in the certificate for --nats, and name its issuer with --nats-ca.");
            }
        }

        return new NatsProblem(
            $"{shown} cannot be used: {NatsFailure.ReasonOf(exception)}", "Correct --nats, or see the server's log.");
    }
}
