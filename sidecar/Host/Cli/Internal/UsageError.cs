using System.CommandLine;
using System.CommandLine.Parsing;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary>What is wrong with a command line, in one line instead of the whole help.</summary>
internal static class UsageError
{
    public static string Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var name = command is RootCommand ? "" : $" of {PathOf(parsed)}";
        var what = parsed.UnmatchedTokens is [var unknown, ..]
            ? $"There is no {KindOf(command, unknown)} '{unknown}'{name}{DidYouMean.Hint(unknown, NamesIn(command))}."
            : parsed.Errors[0].Message;
        return $"{what} --help lists what there is.";
    }

    private static string KindOf(Command command, string token) =>
        token.StartsWith('-') ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";

    private static IEnumerable<string> NamesIn(Command command) =>
        command.Options.Select(option => option.Name).Concat(command.Subcommands.Select(one => one.Name));

    private static string PathOf(ParseResult parsed)
    {
        var names = new List<string>();
        for (var result = parsed.CommandResult; result is { Command: not RootCommand }; result = result.Parent as CommandResult)
        {
            names.Insert(0, result.Command.Name);
        }

        return string.Join(' ', names);
    }
}
