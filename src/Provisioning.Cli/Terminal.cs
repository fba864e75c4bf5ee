using System.Collections;
using System.Text;
using Spectre.Console;

namespace Provisioning.Cli;

/// <summary>Where a command reads and writes, and what that is.</summary>
internal sealed record Terminal
{
    // A line is as long as it is: who reads it in a pipe wants the line, and a terminal wraps it.
    private const int Unbounded = 4096;

    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    /// <summary>Standard output.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Standard error.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Standard input.</summary>
    public required TextReader Input { get; init; }

    /// <summary>Whether output goes to a terminal.</summary>
    public bool IsOutputTerminal { get; init; }

    /// <summary>Whether errors and progress go to a terminal.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>Whether a person can be asked.</summary>
    public bool IsInputTerminal { get; init; }

    /// <summary>Columns of the terminal.</summary>
    public int Width { get; init; } = 80;

    /// <summary>Whether it shows more than ASCII.</summary>
    public bool IsUnicode { get; init; } = true;

    /// <summary>Variables of the environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>That of this process.</summary>
    public static Terminal OfProcess()
    {
        var environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? "", StringComparer.Ordinal);
        var isUnicode = IsUtf8(environment);
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new()
        {
            Output = Console.Out,
            Error = Console.Error,
            Input = Console.In,
            IsOutputTerminal = !Console.IsOutputRedirected,
            IsErrorTerminal = !Console.IsErrorRedirected && environment.GetValueOrDefault("TERM", "") is not ("" or "dumb"),
            IsInputTerminal = !Console.IsInputRedirected && !Console.IsErrorRedirected,
            Width = Console.IsOutputRedirected && Console.IsErrorRedirected ? 80 : Math.Max(Console.WindowWidth, 40),
            IsUnicode = isUnicode,
            Environment = environment,
        };
    }

    /// <summary>A console for lines of any length, such as tables.</summary>
    public IAnsiConsole Lines(ColorChoice color) => Create(color, Unbounded);

    /// <summary>A console for text that is wrapped at the terminal's width.</summary>
    public IAnsiConsole Page(ColorChoice color) => Create(color, IsOutputTerminal ? Width : Unbounded);

    /// <summary>Whether output has colours: where asked for, or at a terminal unless NO_COLOR is set (https://no-color.org).</summary>
    public bool HasColor(ColorChoice color) => color switch
    {
        ColorChoice.Always => true,
        ColorChoice.Never => false,
        _ => IsOutputTerminal && Variable("NO_COLOR").Length == 0 && Variable("TERM") is not "dumb",
    };

    /// <summary>A variable of the environment; empty if it is not set.</summary>
    public string Variable(string name) => Environment.GetValueOrDefault(name, "");

    private static bool IsUtf8(Dictionary<string, string> environment)
    {
        var locale = LocaleVariables.Select(name => environment.GetValueOrDefault(name, "")).FirstOrDefault(value => value.Length > 0) ?? "";
        return locale.Replace("-", "", StringComparison.Ordinal).Contains("utf8", StringComparison.OrdinalIgnoreCase);
    }

    private IAnsiConsole Create(ColorChoice color, int width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = HasColor(color) || (IsOutputTerminal && Variable("TERM") is not ("dumb" or "")) ? AnsiSupport.Yes : AnsiSupport.No,
            // The sixteen colours of the terminal's own theme, which are readable on any background.
            ColorSystem = HasColor(color) ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Output),
        });
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = IsUnicode;
        return console;
    }
}

/// <summary>When output has colours.</summary>
internal enum ColorChoice
{
    /// <summary>At a terminal.</summary>
    Auto,

    /// <summary>Always.</summary>
    Always,

    /// <summary>Never.</summary>
    Never,
}
