using System.Collections.Concurrent;
using System.Diagnostics;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Operator.Telemetry;

namespace Provisioning.Observability.Tests.Traces;

public sealed class OperationTracesTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private readonly OperationTraces _traces = new();

    public OperationTracesTests()
    {
        _listener = new()
        {
            ShouldListenTo = source => source.Name == OperationTraces.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public void An_operation_is_a_trace_with_its_steps_and_their_times()
    {
        _traces.Stepped(At("CreateDisk", 1));
        _traces.Stepped(At("Boot", 4));
        _traces.Ended(new("lab", "n1"), ProvisionerType.Libvirt, Record(OperationPhase.Succeeded, null));

        var whole = Assert.Single(_ended, activity => activity.OperationName == "operation Load");
        Assert.Equal((Start.UtcDateTime, TimeSpan.FromSeconds(10), default), (whole.StartTimeUtc, whole.Duration, whole.ParentSpanId));
        var steps = _ended.Where(activity => activity.ParentSpanId == whole.SpanId).ToList();
        Assert.Equal([("step CreateDisk", 3.0), ("step Boot", 6.0)], steps.Select(step => (step.OperationName, step.Duration.TotalSeconds)));
        Assert.Equal(ActivityStatusCode.Unset, whole.Status);
    }

    [Fact]
    public void A_failed_operation_is_an_error_with_its_reason_and_without_its_message()
    {
        _traces.Ended(new("lab", "n1"), ProvisionerType.Libvirt, Record(OperationPhase.Failed, "DiskFull") with { Message = "what the machine said" });

        var whole = Assert.Single(_ended);
        Assert.Equal((ActivityStatusCode.Error, "DiskFull"), (whole.Status, whole.StatusDescription));
        Assert.DoesNotContain(whole.TagObjects, tag => tag.Value is string text && text.Contains("machine said", StringComparison.Ordinal));
        Assert.Equal(
            ["k8s.namespace.name", "provisioning.engine", "provisioning.node", "provisioning.operation.id", "provisioning.operation.kind", "provisioning.operation.outcome", "provisioning.operation.reason", "provisioning.operation.target"],
            whole.TagObjects.Select(tag => tag.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void It_is_linked_to_the_reconcile_that_ended_it_and_leaves_that_as_it_was()
    {
        using var reconcile = new Activity("reconcile").Start();
        _traces.Ended(new("lab", "n1"), ProvisionerType.Libvirt, Record(OperationPhase.Succeeded, null));

        var whole = Assert.Single(_ended);
        Assert.NotEqual(reconcile.TraceId, whole.TraceId);
        Assert.Equal(reconcile.SpanId, Assert.Single(whole.Links).Context.SpanId);
        Assert.Same(reconcile, Activity.Current);
    }

    private static OperationStatus At(string step, int seconds) => new() { Id = "op", Kind = OperationKind.Load, Step = step, StartedTime = Start, StepStartedTime = Start.AddSeconds(seconds) };

    private static OperationRecord Record(OperationPhase phase, string? reason) =>
        new() { Id = "op", Kind = OperationKind.Load, Target = "debian", Phase = phase, Reason = reason, StartedTime = Start, FinishedTime = Start.AddSeconds(10) };
}
