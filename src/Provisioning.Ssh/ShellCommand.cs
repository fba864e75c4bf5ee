using System.Text;

namespace Provisioning.Ssh;

/// <summary>
/// A command line for a POSIX shell that is built from arguments, each quoted, so that no name, address or path can become shell syntax.
/// </summary>
public sealed class ShellCommand
{
    private readonly string _text;

    private ShellCommand(string text, bool isScript = false) => (_text, IsScript) = (text, isScript);

    /// <summary>Whether a POSIX shell reads the line; other shells may start a single program.</summary>
    internal bool IsScript { get; }

    /// <summary>A program with its arguments.</summary>
    public static ShellCommand Of(params ReadOnlySpan<string> arguments)
    {
        if (arguments.Length == 0)
            throw new ArgumentException("A command needs a program.", nameof(arguments));

        var builder = new StringBuilder();
        foreach (var argument in arguments)
        {
            if (builder.Length > 0)
                builder.Append(' ');
            builder.Append(Quote(argument));
        }

        return new(builder.ToString());
    }

    /// <summary>A constant script with positional arguments: <c>sh -c 'script' sh arg1 arg2</c>. Values reach the script only as "$1", "$2".</summary>
    public static ShellCommand Script(string script, params ReadOnlySpan<string> arguments) => new(Of(["sh", "-c", script, "sh", .. arguments])._text, isScript: true);

    /// <summary>Quotes one argument. NUL cannot be passed to a program and is refused.</summary>
    public static string Quote(string argument)
    {
        if (argument.Contains('\0'))
            throw new ArgumentException("An argument cannot contain NUL.", nameof(argument));

        return argument.Length > 0 && argument.All(IsPlain) ? argument : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>The command line.</summary>
    public override string ToString() => _text;

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or ',' or '+' or '=' or '@';
}
