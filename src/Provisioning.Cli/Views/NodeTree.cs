using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Cli.Output;
using Provisioning.Core.Status;
using Spectre.Console;

namespace Provisioning.Cli.Views;

/// <summary>All of a Node as a tree.</summary>
/// <param name="now">The time.</param>
/// <param name="isUnicode">Whether bars and branches may have more than ASCII.</param>
internal sealed class NodeTree(DateTimeOffset now, bool isUnicode)
{
    /// <summary>The tree.</summary>
    public Tree Render(Node node, Provisioner? provisioner)
    {
        var row = NodeRow.Of(node, now);
        var tree = new Tree(Line($"{node.Metadata.Name}  ", (row.Ready == "True" ? "Ready" : row.Reason, row.Tone.Style()), $"  namespace {node.Metadata.Namespace}"))
        {
            Guide = isUnicode ? TreeGuide.Line : TreeGuide.Ascii,
        };
        AddDeclared(tree, node);
        AddConditions(tree, node.Status?.Conditions ?? []);
        AddSeen(tree, node);
        AddOperation(tree, node.Status?.Operation);
        AddHistory(tree, node.Status?.History ?? []);
        var next = tree.AddNode(Line("What happens next"));
        foreach (var sentence in NextSteps.Of(node, provisioner, now))
            next.AddNode(Line(sentence));
        return tree;
    }

    private static void AddDeclared(Tree tree, Node node)
    {
        var spec = node.Spec;
        var declared = tree.AddNode(Line("Declared"));
        declared.AddNode(Line($"image {spec.ImageRef?.Name ?? "none: the disk is left alone"}"));
        declared.AddNode(Line($"power {spec.PowerState?.ToString() ?? "not managed"}"));
        declared.AddNode(Line($"provisioner {spec.ProvisionerRef.Name}{(spec.MachineName is { } machine ? $", machine {machine}" : "")}"));
        declared.AddNode(Line($"managementPolicy {spec.ManagementPolicy}, changePolicy {spec.ChangePolicy}, deletionPolicy {spec.DeletionPolicy}"));
        if (spec.OperatingSystem is { Type: not OperatingSystemType.None } system)
            declared.AddNode(Line($"operating system {system.Type} at {system.Address}"));
    }

    private void AddConditions(Tree tree, IList<Condition> conditions)
    {
        var branch = tree.AddNode(Line(conditions.Count == 0 ? "Conditions: none yet" : "Conditions"));
        foreach (var condition in conditions.Where(condition => condition is not { Type: ConditionTypes.Paused, Status: ConditionStatus.False }))
        {
            var style = StyleOf(condition);
            branch.AddNode(Line($"{condition.Type}=", (condition.Status.ToString(), style), $" {condition.Reason} since {Durations.Short(now - condition.LastTransitionTime)}: {condition.Message}"));
        }
    }

    private static Style StyleOf(Condition condition) => (condition.Type, condition.Status) switch
    {
        (_, ConditionStatus.Unknown) => Tone.Unknown.Style(),
        (ConditionTypes.Stalled, _) => Tone.Bad.Style(),
        (ConditionTypes.Reconciling, _) => Tone.Busy.Style(),
        (_, ConditionStatus.True) => Tone.Good.Style(),
        _ => Tone.Unknown.Style(),
    };

    private void AddSeen(Tree tree, Node node)
    {
        if (node.Status is not { NodeStatusReport: { } report } status)
        {
            tree.AddNode(Line("Seen: nothing yet"));
            return;
        }

        var seen = tree.AddNode(Line($"Seen: {report.Verdict} ({report.Reason})"));
        seen.AddNode(Line($"exists {report.Exists}, power {status.Power?.ToString() ?? "Unknown"}{(report.EngineState is { } state ? $" ({state})" : "")}, ping {report.Ping}, ssh {report.Ssh}"));
        seen.AddNode(Line($"image as the machine says: {report.ReportedImage ?? "-"}"));
        seen.AddNode(Line($"image as the provisioner says: {report.EngineImage ?? "-"}"));
        seen.AddNode(Line($"configured {report.Configured}, changed by a user {report.Tainted}{(report.BootId is { } boot ? $", boot id {boot}" : "")}"));
        if (status.LoadedImage is { } loaded)
            seen.AddNode(Line($"on record: {loaded.Name} revision {loaded.Revision}, {loaded.State}{Ago(loaded.LoadedTime)}{(loaded.VerifiedTime is { } verified ? $", last verified {Durations.FromNow(verified, now)}" : "")}"));
    }

    private void AddOperation(Tree tree, OperationStatus? operation)
    {
        if (operation is null)
            return;
        var branch = tree.AddNode(Line(
            "Operation ",
            ($"{operation.Kind}{(operation.Target is { } target ? $" {target}" : "")}", Tone.Busy.Style()),
            $" {operation.Phase}, attempt {operation.Attempt}, began {Durations.FromNow(operation.StartedTime, now)} (id {operation.Id})"));
        var bar = ProgressBar.Text(operation.ProgressPercent, isUnicode);
        branch.AddNode(Line($"step {operation.Step ?? "-"}{(operation.StepStartedTime is { } began ? $", for {Durations.Short(now - began)}" : "")}{(bar.Length > 0 ? $"  {bar}" : "")}"));
        if (operation.Message is { Length: > 0 } message)
            branch.AddNode(Line(message));
        AddSteps(branch, operation.Steps);
    }

    private static void AddSteps(TreeNode branch, IList<StepReport> steps)
    {
        if (steps.Count == 0)
            return;
        var inside = branch.AddNode(Line("inside the machine"));
        foreach (var step in steps)
        {
            var style = step.Result == StepResult.Failed ? Tone.Bad.Style() : Style.Plain;
            inside.AddNode(Line($"{step.Name} ", (step.Result.ToString(), style), $"{(step.ExitCode is { } code ? $", exit code {code}" : "")}{(step.Message is { Length: > 0 } message ? $": {message}" : "")}"));
        }
    }

    private void AddHistory(Tree tree, IList<OperationRecord> history)
    {
        if (history.Count == 0)
            return;
        var branch = tree.AddNode(Line("Last operations"));
        foreach (var record in history)
        {
            var style = record.Phase == OperationPhase.Succeeded ? Tone.Good.Style() : Tone.Bad.Style();
            var node = branch.AddNode(Line(
                $"{record.Kind}{(record.Target is { } target ? $" {target}" : "")} ",
                ($"{record.Phase}{(record.Reason is { } reason ? $" {reason}" : "")}", style),
                $" {Durations.FromNow(record.FinishedTime, now)}, took {Durations.Short(record.FinishedTime - record.StartedTime)}{(record.Message is { Length: > 0 } message ? $": {message}" : "")}"));
            foreach (var hook in record.Hooks ?? [])
                node.AddNode(Line($"{hook.Name} {hook.Result}{(hook.ExitCode is { } code ? $", exit code {code}" : "")}{(hook.Output is { Length: > 0 } output ? $": {output}" : "")}"));
        }
    }

    private string Ago(DateTimeOffset? time) => time is { } when ? $" {Durations.FromNow(when, now)}" : "";

    private static Paragraph Line(string text) => new(SafeText.Line(text));

    private static Paragraph Line(string before, (string Text, Style Style) middle, string after = "") =>
        new Paragraph(SafeText.Line(before)).Append(SafeText.Line(middle.Text), middle.Style).Append(SafeText.Line(after));
}
