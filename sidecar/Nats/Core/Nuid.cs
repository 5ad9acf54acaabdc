using System.Security.Cryptography;

namespace NATS.Client.Core;

/// <summary>Unique ids of 22 characters [0-9A-Za-z]; unguessable, for an inbox's name is all that guards it.</summary>
public static class Nuid
{
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static string NewNuid() => RandomNumberGenerator.GetString(Digits, 22);
}
