using System.Buffers;
using System.Runtime.CompilerServices;

namespace NATS.Client.Core.Internal;

/// <summary>The rules for subjects (docs.nats.io, "Subject-Based Messaging"): tokens that are not empty, no white space; wildcards stand alone, '&gt;' last.</summary>
internal static class SubjectValidator
{
    // All control characters, not only white space: none can be meant, and the server cuts lines at CR LF.
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(
        [.. Enumerable.Range(0, 0x21).Select(static c => (char)c), '\u007F']);

    private static readonly SearchValues<char> Wildcards = SearchValues.Create("*>");

    private static readonly SearchValues<char> ForbiddenInLiterals = SearchValues.Create(
        [.. Enumerable.Range(0, 0x21).Select(static c => (char)c), '\u007F', '*', '>']);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CheckPublish(string subject)
    {
        if (string.IsNullOrEmpty(subject) || subject.AsSpan().ContainsAny(ForbiddenInLiterals) || HasEmptyToken(subject))
        {
            ThrowPublish(subject);
        }
    }

    public static void CheckReplyTo(string? replyTo)
    {
        if (replyTo is not null && (replyTo.Length == 0 || replyTo.AsSpan().ContainsAny(ForbiddenInLiterals) || HasEmptyToken(replyTo)))
        {
            throw new ArgumentException(Describe("reply subject", replyTo), nameof(replyTo));
        }
    }

    /// <summary>What inboxes begin with becomes part of reply subjects, which have no wildcards.</summary>
    public static void CheckInboxPrefix(string prefix)
    {
        if (string.IsNullOrEmpty(prefix) || prefix.AsSpan().ContainsAny(ForbiddenInLiterals) || HasEmptyToken(prefix))
        {
            throw new ArgumentException(Describe("inbox prefix", prefix), nameof(prefix));
        }
    }

    public static void CheckSubscribe(string subject, string? queueGroup)
    {
        if (string.IsNullOrEmpty(subject) || subject.AsSpan().ContainsAny(Forbidden) || HasEmptyToken(subject))
        {
            throw new ArgumentException(Describe("subject", subject), nameof(subject));
        }

        CheckWildcardsStandAlone(subject);
        if (queueGroup is not null && (queueGroup.Length == 0 || queueGroup.AsSpan().ContainsAny(ForbiddenInLiterals)))
        {
            throw new ArgumentException(Describe("queue group", queueGroup), nameof(queueGroup));
        }
    }

    private static bool HasEmptyToken(string subject) =>
        subject[0] == '.' || subject[^1] == '.' || subject.AsSpan().IndexOf("..") >= 0;

    /// <summary>The server takes "a*" as a literal token, which nobody means.</summary>
    private static void CheckWildcardsStandAlone(string subject)
    {
        if (!subject.AsSpan().ContainsAny(Wildcards))
        {
            return;
        }

        foreach (var range in subject.AsSpan().Split('.'))
        {
            var token = subject.AsSpan()[range];
            if (token.Length > 1 && token.Contains('>'))
            {
                throw new ArgumentException($"The subject '{subject}' has a '>' that is not a token of its own", nameof(subject));
            }

            if (token is ">" && range.End.GetOffset(subject.Length) != subject.Length)
            {
                throw new ArgumentException($"The subject '{subject}' has a '>' that is not its last token", nameof(subject));
            }

            if (token.Length > 1 && token.Contains('*'))
            {
                throw new ArgumentException($"The subject '{subject}' has a '*' that is not a token of its own", nameof(subject));
            }
        }
    }

    private static void ThrowPublish(string? subject)
    {
        if (!string.IsNullOrEmpty(subject) && !subject.AsSpan().ContainsAny(Forbidden) && subject.AsSpan().IndexOfAny(Wildcards) is var at and >= 0)
        {
            // The filter of a consumer is part of the subject that creates it (JetStream API, ADR-1): the one place where a wildcard is published.
            if (subject.Contains(".CONSUMER.CREATE.", StringComparison.Ordinal) && !HasEmptyToken(subject))
            {
                return;
            }

            throw new ArgumentException($"The subject '{subject}' has a wildcard ('{subject[at]}' at {at}); only subscriptions may", nameof(subject));
        }

        throw new ArgumentException(Describe("subject", subject), nameof(subject));
    }

    private static string Describe(string what, string? subject)
    {
        if (string.IsNullOrEmpty(subject))
        {
            return $"The {what} is empty";
        }

        var at = subject.AsSpan().IndexOfAny(Forbidden);
        if (at < 0)
        {
            return subject.AsSpan().IndexOfAny(Wildcards) is var wildcard and >= 0
                ? $"The {what} '{subject}' has a wildcard ('{subject[wildcard]}' at {wildcard})"
                : $"The {what} '{subject}' has an empty token";
        }

        var kind = subject[at] switch { ' ' or '\t' => "white space", '\r' or '\n' => "a line break", _ => "a control character" };
        return $"The {what} has {kind} (U+{(int)subject[at]:X4} at {at})";
    }
}
