using Provisioning.Api.Nodes;
using Provisioning.Api.Text;
using Provisioning.Core.Status;

namespace Provisioning.Operator.Nodes;

/// <summary>What an operation has told so far, together with what it tells now. Pure.</summary>
internal static class OperationReports
{
    private const int LongestStepMessage = 512;
    private const int LongestOutput = 1024;

    /// <summary>Values by name; a new one replaces the one before.</summary>
    public static List<OperationValue> Merge(IList<OperationValue> before, IReadOnlyDictionary<string, string> values) =>
        [
            .. before.Select(value => values.TryGetValue(value.Name, out var changed) ? new OperationValue { Name = value.Name, Value = changed } : value),
            .. values.Where(pair => before.All(value => value.Name != pair.Key)).Select(pair => new OperationValue { Name = pair.Key, Value = pair.Value }),
        ];

    /// <summary>Reports by the name of their step; a new one replaces the one before.</summary>
    public static List<StepReport> Merge(IList<StepReport> before, IReadOnlyList<StepReport> steps)
    {
        var merged = before.ToList();
        foreach (var step in steps)
        {
            var name = PrintableText.Line(step.Name);
            var index = merged.FindIndex(known => known.Name == name);

            // A step that is repeated, because its answer was lost, finds its own work done: it did change the machine.
            var result = index >= 0 && merged[index].Result == StepResult.Changed && step.Result == StepResult.Unchanged ? StepResult.Changed : step.Result;
            var report = new StepReport
            {
                Name = name,
                Result = result,
                Message = step.Message is { } message ? BoundedText.Cut(message, LongestStepMessage) : null,
                ExitCode = step.ExitCode,
                Output = step.Output is { } output ? BoundedText.CutLines(output, LongestOutput) : null,
            };
            if (index >= 0)
                merged[index] = report;
            else
                merged.Add(report);
        }

        return merged;
    }
}
