using System.CommandLine;

namespace Provisioning.Cli.Connecting;

/// <summary>Options of every command, named as kubectl names them.</summary>
internal sealed class GlobalOptions
{
    /// <summary>The kubeconfig file.</summary>
    public Option<string?> Kubeconfig { get; } = new("--kubeconfig") { Description = "Path of the kubeconfig file. Without it $KUBECONFIG, then ~/.kube/config.", HelpName = "FILE", Recursive = true };

    /// <summary>The context.</summary>
    public Option<string?> Context { get; } = new("--context") { Description = "Context of the kubeconfig to use.", HelpName = "NAME", Recursive = true };

    /// <summary>The namespace.</summary>
    public Option<string?> Namespace { get; } = new("--namespace", "-n") { Description = "Namespace. Without it that of the context.", HelpName = "NAME", Recursive = true };

    /// <summary>Colours.</summary>
    public Option<ColorChoice> Color { get; } = new("--color") { Description = "auto: at a terminal, unless NO_COLOR is set; always; never.", HelpName = "WHEN", Recursive = true, CustomParser = Parse };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Kubeconfig, Context, Namespace, Color];

    /// <summary>Makes the options.</summary>
    public GlobalOptions(Terminal terminal)
    {
        Color.CompletionSources.Add("auto", "always", "never");
        Context.CompletionSources.Add(context => Completions.Contexts(context.ParseResult, this, terminal));
    }

    private static ColorChoice Parse(System.CommandLine.Parsing.ArgumentResult result)
    {
        switch (result.Tokens[0].Value)
        {
            case "auto":
                return ColorChoice.Auto;
            case "always":
                return ColorChoice.Always;
            case "never":
                return ColorChoice.Never;
            default:
                result.AddError($"--color must be auto, always or never, not '{result.Tokens[0].Value}'");
                return ColorChoice.Auto;
        }
    }
}
