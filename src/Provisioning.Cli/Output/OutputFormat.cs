using System.CommandLine;

namespace Provisioning.Cli.Output;

/// <summary>The option -o.</summary>
internal static class OutputFormat
{
    public const string Json = "json";
    public const string Yaml = "yaml";
    public const string Wide = "wide";
    public const string Name = "name";

    /// <summary>The option with the formats that a command has.</summary>
    public static Option<string?> Option(params string[] formats)
    {
        var option = new Option<string?>("--output", "-o") { Description = $"Output format: {string.Join(", ", formats)}.", HelpName = "FORMAT" };
        option.AcceptOnlyFromAmong(formats);
        return option;
    }
}
