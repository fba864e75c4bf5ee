using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Libvirt.Tests.Support;

/// <summary>Does what the operator does with outcomes: records step, values and host keys, and calls again.</summary>
internal sealed class Driver(NodeTarget node)
{
    private long _sequence;

    public NodeTarget Node { get; set; } = node;

    public ProvisionerTimeouts Timeouts { get; set; } = new();

    public TimeSpan LongestPoll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Called with each outcome before the next call; a test can look, or break something, here.</summary>
    public Func<OperationContext, OperationOutcome, Task>? After { get; set; }

    /// <summary>Moves the clock instead of waiting.</summary>
    public Action<TimeSpan>? Pass { get; set; }

    public Func<DateTimeOffset> Now { get; set; } = () => TimeProvider.System.GetUtcNow();

    public OperationContext Begin(OperationKind kind, ImageTarget? image = null, CaptureTarget? capture = null) => new()
    {
        Node = Node,
        Image = image,
        Capture = capture,
        Timeouts = Timeouts,
        Operation = new() { Id = $"{kind.ToString().ToLowerInvariant()}-{++_sequence}", Kind = kind, Sequence = _sequence, StartedTime = Now(), StepStartedTime = Now() },
    };

    public async Task<OperationOutcome> RunAsync(OperationContext operation, Func<OperationContext, CancellationToken, Task<OperationOutcome>> verb, int mostCalls = 400)
    {
        for (var call = 0; call < mostCalls; call++)
        {
            var outcome = await verb(operation, TestContext.Current.CancellationToken);
            Record(operation, outcome);
            operation = operation with { Node = Node };
            if (After is not null)
                await After(operation, outcome);
            if (outcome.Phase != OperationPhase.Running)
                return outcome;
            await WaitAsync(outcome.PollAfter);
        }

        Assert.Fail($"{operation.Operation.Kind} does not end; it is in the step {operation.Operation.Step}: {operation.Operation.Message}");
        return null!;
    }

    public async Task<OperationOutcome> SucceedAsync(OperationContext operation, Func<OperationContext, CancellationToken, Task<OperationOutcome>> verb)
    {
        var outcome = await RunAsync(operation, verb);
        Assert.True(outcome.Phase == OperationPhase.Succeeded, $"{operation.Operation.Kind} failed in {operation.Operation.Step}: {outcome.Reason} {outcome.Message} {string.Join("; ", outcome.Steps.Select(step => $"{step.Name} {step.Result} {step.Message}"))}");
        return outcome;
    }

    private void Record(OperationContext context, OperationOutcome outcome)
    {
        var operation = context.Operation;
        if (outcome.Phase == OperationPhase.Running && outcome.Step != operation.Step)
        {
            operation.Step = outcome.Step;
            operation.StepStartedTime = Now();
        }

        operation.Message = outcome.Message;
        operation.ProgressPercent = outcome.ProgressPercent;
        foreach (var (name, value) in outcome.Values)
        {
            if (operation.Values.FirstOrDefault(known => known.Name == name) is { } known)
                known.Value = value;
            else
                operation.Values.Add(new() { Name = name, Value = value });
        }

        if (outcome.SshHostKeys is { } keys)
            Node = Node with { SshHostKeys = keys };
    }

    private async Task WaitAsync(TimeSpan poll)
    {
        if (Pass is not null)
            Pass(poll);
        else
            await Task.Delay(poll < LongestPoll ? poll : LongestPoll, TestContext.Current.CancellationToken);
    }
}
