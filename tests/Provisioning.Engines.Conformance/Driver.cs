using Provisioning.Api.Captures;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Conformance;

/// <summary>Does for one Node what the operator does with outcomes: records step, values and host keys, and calls again.</summary>
/// <param name="node">The Node.</param>
public sealed class Driver(NodeTarget node)
{
    private long _sequence;

    /// <summary>The Node, with the host keys and the image that outcomes led to.</summary>
    public NodeTarget Node { get; set; } = node;

    /// <summary>How long things may take.</summary>
    public ProvisionerTimeouts Timeouts { get; set; } = new();

    /// <summary>Longest wait between two calls, where time is real.</summary>
    public TimeSpan LongestPoll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Put before the ids of operations, which are unique in a cluster.</summary>
    public string IdPrefix { get; set; } = "";

    /// <summary>The number before that of the first operation.</summary>
    public long FirstSequence { init => _sequence = value; }

    /// <summary>Called with each outcome before the next call; a test can look, or break something, here.</summary>
    public Func<OperationContext, OperationOutcome, Task>? After { get; set; }

    /// <summary>Lets time pass between two calls; null waits.</summary>
    public Func<TimeSpan, Task>? Pass { get; set; }

    /// <summary>The operator's clock.</summary>
    public Func<DateTimeOffset> Now { get; set; } = () => TimeProvider.System.GetUtcNow();

    /// <summary>A capture that leaves nothing out.</summary>
    public CaptureTarget Capture(string imageName = "golden", string revision = "7") => new()
    {
        ImageName = imageName,
        Revision = revision,
        Preparation = Node.Spec.OperatingSystem.Type == OperatingSystemType.None ? CapturePreparation.None : CapturePreparation.OperatingSystem,
        UncleanShutdown = UncleanShutdownPolicy.Force,
    };

    /// <summary>The image that a capture made.</summary>
    public static ImageTarget ImageOf(CaptureTarget capture, CapturedImage captured) => new()
    {
        Name = capture.ImageName,
        Revision = capture.Revision,
        Digest = captured.Digest,
        Format = captured.Format,
        FileName = captured.FileName,
        SshHostKeys = [.. captured.SshHostKeys],
    };

    /// <summary>A new operation with the next number of the Node.</summary>
    public OperationContext Begin(OperationKind kind, ImageTarget? image = null, CaptureTarget? capture = null) => new()
    {
        Node = image is not null && kind == OperationKind.Load ? Node = Node with { DesiredImage = image } : Node,
        Image = image,
        Capture = capture,
        Timeouts = Timeouts,
        Operation = new() { Id = $"{IdPrefix}{kind.ToString().ToLowerInvariant()}-{++_sequence}", Kind = kind, Sequence = _sequence, StartedTime = Now(), StepStartedTime = Now() },
    };

    /// <summary>Calls the verb until the operation has ended.</summary>
    public Task<OperationOutcome> RunAsync(OperationContext operation, IProvisioningEngine engine) => RunAsync(operation, engine.CallAsync);

    /// <summary>Calls until the operation has ended.</summary>
    public async Task<OperationOutcome> RunAsync(OperationContext operation, Func<OperationContext, CancellationToken, Task<OperationOutcome>> verb, int mostCalls = 400)
    {
        for (var call = 0; call < mostCalls; call++)
        {
            var outcome = await verb(operation, TestContext.Current.CancellationToken);
            operation = await RecordAsync(operation, outcome);
            if (outcome.Phase != OperationPhase.Running)
                return outcome;
            await PassAsync(outcome.PollAfter);
        }

        Assert.Fail($"{operation.Operation.Kind} does not end within {mostCalls} calls; it is in the step {operation.Operation.Step}: {operation.Operation.Message}");
        return null!;
    }

    /// <summary>Calls until the operation has succeeded; its failure is the test's.</summary>
    public Task<OperationOutcome> SucceedAsync(OperationContext operation, IProvisioningEngine engine) => SucceedAsync(operation, engine.CallAsync);

    /// <summary>Calls until the operation has succeeded; its failure is the test's.</summary>
    public async Task<OperationOutcome> SucceedAsync(OperationContext operation, Func<OperationContext, CancellationToken, Task<OperationOutcome>> verb)
    {
        var outcome = await RunAsync(operation, verb);
        Assert.True(outcome.Phase == OperationPhase.Succeeded, $"{operation.Operation.Kind} failed in {operation.Operation.Step}: {outcome.Reason} {outcome.Message} {string.Join("; ", outcome.Steps.Select(step => $"{step.Name} {step.Result} {step.Message}"))}");
        return outcome;
    }

    /// <summary>What the operator keeps of an outcome, in the operation and in the Node.</summary>
    /// <returns>The operation for the next call.</returns>
    public async Task<OperationContext> RecordAsync(OperationContext operation, OperationOutcome outcome)
    {
        Record(operation.Operation, outcome);
        if (outcome.SshHostKeys is { } keys)
            Node = Node with { SshHostKeys = keys };
        if (outcome.Phase == OperationPhase.Succeeded)
            Node = Node with { LoadedImage = LoadedAfter(operation), LastPower = PowerAfter(operation.Operation.Kind) ?? Node.LastPower };
        operation = operation with { Node = Node };
        if (After is not null)
            await After(operation, outcome);
        return operation;
    }

    /// <summary>Lets the time until the next call pass.</summary>
    public Task PassAsync(TimeSpan poll) =>
        Pass is not null ? Pass(poll) : Task.Delay(poll < LongestPoll ? poll : LongestPoll, TimeProvider.System, TestContext.Current.CancellationToken);

    private static PowerValue? PowerAfter(OperationKind kind) => kind switch
    {
        OperationKind.Load or OperationKind.PowerOn or OperationKind.PowerReset => PowerValue.On,
        OperationKind.PowerOff => PowerValue.Off,
        _ => null,
    };

    private LoadedImage? LoadedAfter(OperationContext operation) => operation.Operation.Kind switch
    {
        OperationKind.Load when operation.Image is { } image => new() { Name = image.Name, Revision = image.Revision, Digest = image.Digest, OperationId = operation.Operation.Id },
        OperationKind.Unload => null,
        _ => Node.LoadedImage,
    };

    private void Record(OperationStatus operation, OperationOutcome outcome)
    {
        var isNewStep = outcome.Phase == OperationPhase.Running && outcome.Step != operation.Step;
        if (isNewStep)
        {
            operation.Step = outcome.Step;
            operation.StepStartedTime = Now();
        }

        if (isNewStep || outcome.MadeProgress)
            operation.LastProgressTime = Now();
        operation.Message = outcome.Message;
        operation.ProgressPercent = outcome.ProgressPercent;
        foreach (var (name, value) in outcome.Values)
        {
            if (operation.Values.FirstOrDefault(known => known.Name == name) is { } known)
                known.Value = value;
            else
                operation.Values.Add(new() { Name = name, Value = value });
        }
    }
}
