using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Cli.Output;
using Provisioning.Core.Status;
using Spectre.Console;

namespace Provisioning.Cli.Views;

/// <summary>The one reason why a Node is as it is, in plain words.</summary>
internal static class WhyText
{
    /// <summary>The text.</summary>
    public static Paragraph Render(Node node, Provisioner? provisioner, DateTimeOffset now)
    {
        var name = node.Metadata.Name;
        if (node.Status?.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready) is not { } ready)
            return new($"{name} was not looked at yet.\n\nWhat to do: see whether the operator runs and watches the namespace {node.Metadata.Namespace}.");

        var advice = ReasonAdvice.For(ready.Reason);
        var text = new Paragraph($"{name} is ");
        text.Append(State(ready.Status), Tones.Of(node).Style());
        text.Append($": {ready.Reason}. {advice.Meaning}\n\n{SafeText.Lines(ready.Message)}\n");
        if (ready.Status != ConditionStatus.True)
            text.Append($"\nWhat to do:   {Remedy(advice, node)}");
        foreach (var next in NextSteps.Of(node, provisioner, now))
            text.Append($"\nWhat is next: {next}");
        return text.Append($"\nMore:         {ReasonAdvice.PageOf(ready.Reason)}");
    }

    private static string Remedy(Advice advice, Node node) => advice.Remedy
        .Replace("NODE", $"{node.Metadata.Name} -n {node.Metadata.Namespace}", StringComparison.Ordinal)
        .Replace("IMAGE", node.Spec.ImageRef?.Name ?? "IMAGE", StringComparison.Ordinal);

    private static string State(ConditionStatus ready) => ready switch
    {
        ConditionStatus.True => "ready",
        ConditionStatus.False => "not ready",
        _ => "not known to be ready",
    };
}
