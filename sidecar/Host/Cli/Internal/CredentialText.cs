using System.Text;
using HaNatsBridge.Host.Fleet;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary>What a person needs to put a new credential into a device.</summary>
internal static class CredentialText
{
    /// <summary>Makes a credential and tells of it. The file is there before the credential is: a secret that nobody could read any more would be lost.</summary>
    /// <returns>The exit code: a failure where the running server does not take what was stored. Its secret is told all the same, for it is kept nowhere.</returns>
    public static async Task<int> MakeAsync(TextWriter output, string? file, Func<Task<NewCredential>> make)
    {
        if (file is null)
        {
            return await WriteAsync(output, await make(), null);
        }

        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        await using var stream = new FileStream(file, create);
        NewCredential made;
        try
        {
            made = await make();
        }
        catch
        {
            File.Delete(file);
            throw;
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(made.Secret + "\n"));
        return await WriteAsync(output, made, file);
    }

    private static async Task<int> WriteAsync(TextWriter output, NewCredential made, string? file)
    {
        var credential = made.Credential;
        var isPassword = credential.PasswordHash is not null;
        var shown = file is null ? made.Secret : $"in {file}";
        var announce = $"{made.Prefix}.discovery.announce.{(credential.IsGateway ? $"{credential.Type}.ID" : credential.Devices[0])}";
        await output.WriteLineAsync($"""
            Credential of {credential.Name}. {(file is null ? "The secret is shown this once and kept nowhere." : "The secret is kept nowhere else.")}

              server      {made.ServerUrl}
              {(isPassword ? "user      " : "public key")}  {credential.Login}
              {(isPassword ? "password  " : "seed      ")}  {shown}
              inbox       {credential.InboxPrefix}   (set it as the inbox prefix; any other is refused)

            With nats-py{(isPassword ? "" : " (pip install nats-py[nkeys])")}:
              nc = await nats.connect("{made.ServerUrl}", {Login(credential, file is null ? made.Secret : "…")}, inbox_prefix=b"{credential.InboxPrefix}")
              await nc.request("{announce}", description)

            {(made.Trouble is not null ? $"It is stored, but the running server does not take it yet: {made.Trouble} It is taken from its next start on."
                : made.IsLive ? "The running server takes it already." : "No server runs now: it is taken from the next start on.")}
            {(made.IsLocal
                ? "The server listens on this machine only: for a device elsewhere run the sidecar with --nats-listen 0.0.0.0:4222."
                : "From elsewhere the server is reached by this machine's own address instead of 127.0.0.1.")}
            """);
        return made.Trouble is null ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static string Login(Credential credential, string secret) =>
        credential.PasswordHash is null ? $"nkeys_seed_str=\"{secret}\"" : $"user=\"{credential.Login}\", password=\"{secret}\"";
}
