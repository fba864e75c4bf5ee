using Provisioning.Api.Nodes;

namespace Provisioning.OperatingSystems.Steps;

/// <summary>Gathers what the steps of one call came to.</summary>
internal sealed class StepRun
{
    private readonly List<StepReport> _reports = [];
    private IReadOnlyList<string>? _hostKeys;
    private string? _failedStep;
    private string? _message;

    /// <summary>Notes an answer; false if the list ends with it.</summary>
    public bool GoesOnAfter(string step, StepAnswer answer, bool fatal)
    {
        // Keys that lie beside others which are not in place yet say nothing new.
        if (answer is { HostKeys.Count: > 0, NewHostKeys.Count: 0 })
            _hostKeys = answer.HostKeys;
        if (answer.State == StepState.Running)
        {
            _message = answer.Message;
            return false;
        }

        _reports.Add(new() { Name = step, Result = ToResult(answer.State), Message = answer.Message, ExitCode = answer.ExitCode, Output = answer.Said });
        if (answer.State != StepState.Failed || !fatal)
            return true;

        _failedStep = step;
        _message = Text.Clean($"The step {step} failed: {answer.Message ?? "it did not say why."}", 500);
        return false;
    }

    public StepsOutcome Completed() => new(_reports, null, null, _hostKeys, Complete: true);

    public StepsOutcome Ended() => new(_reports, _failedStep, _message, _hostKeys, Complete: false);

    public StepsOutcome Waiting(string message) => new(_reports, null, message, _hostKeys, Complete: false);

    private static StepResult ToResult(StepState state) => state switch
    {
        StepState.Changed => StepResult.Changed,
        StepState.Unchanged => StepResult.Unchanged,
        StepState.Skipped => StepResult.Skipped,
        _ => StepResult.Failed,
    };
}
