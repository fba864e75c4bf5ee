using System.Diagnostics.Metrics;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;

namespace Provisioning.Operator.Telemetry;

/// <summary>What is done to machines. No label grows with their number.</summary>
internal sealed class MachineMetrics
{
    // From a power action of a second to a large image on a slow line.
    private static readonly InstrumentAdvice<double> OperationBuckets = new() { HistogramBucketBoundaries = [1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1200, 1800, 3600, 7200, 14400] };

    // Up to the time after which a look is given up.
    private static readonly InstrumentAdvice<double> LookBuckets = new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60] };

    private readonly Counter<long> _operations;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _retries;
    private readonly Histogram<double> _durations;
    private readonly Counter<long> _captured;
    private readonly Counter<long> _loaded;
    private readonly Histogram<double> _looks;

    public MachineMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(OperatorMeter.Name);
        _operations = meter.CreateCounter<long>("provisioning_operations_total", description: "Operations that ended, by engine, kind and outcome.");
        _failures = meter.CreateCounter<long>("provisioning_operation_failures_total", description: "Operations that failed, by engine, kind and reason.");
        _retries = meter.CreateCounter<long>("provisioning_operation_retries_total", description: "Operations that began as a further attempt at the same goal.");
        _durations = meter.CreateHistogram("provisioning_operation_duration_seconds", "s", "How long operations took, from their record to their end.", advice: OperationBuckets);
        _captured = meter.CreateCounter<long>("provisioning_captured_bytes_total", "By", "Bytes of the images that captures made.");
        _loaded = meter.CreateCounter<long>("provisioning_loaded_bytes_total", "By", "Bytes of the images that loads put on machines, as their files have them.");
        _looks = meter.CreateHistogram("provisioning_look_duration_seconds", "s", "How long looks at machines took, by whether they were answered.", advice: LookBuckets);
    }

    /// <summary>An operation has begun. Its counts begin with zero, so that the first failure is seen as an increase.</summary>
    public void Began(ProvisionerType? engine, OperationKind kind, int attempt)
    {
        var (engineTag, kindTag) = Tags(engine, kind);
        _operations.Add(0, engineTag, kindTag, Outcome(OperationPhase.Succeeded));
        _operations.Add(0, engineTag, kindTag, Outcome(OperationPhase.Failed));
        _retries.Add(attempt > 1 ? 1 : 0, engineTag, kindTag);
    }

    /// <summary>An operation has ended.</summary>
    public void Ended(ProvisionerType? engine, OperationRecord operation, TimeSpan taken)
    {
        var (engineTag, kindTag) = Tags(engine, operation.Kind);
        _operations.Add(1, engineTag, kindTag, Outcome(operation.Phase));
        _durations.Record(taken.TotalSeconds, engineTag, kindTag, Outcome(operation.Phase));
        if (operation.Phase == OperationPhase.Failed)
            _failures.Add(1, engineTag, kindTag, new("reason", operation.Reason ?? ""));
    }

    /// <summary>An image was captured.</summary>
    public void Captured(ProvisionerType? engine, long bytes) => _captured.Add(bytes, Engine(engine));

    /// <summary>An image was loaded.</summary>
    public void Loaded(ProvisionerType? engine, long bytes) => _loaded.Add(bytes, Engine(engine));

    /// <summary>A machine was looked at.</summary>
    public void Looked(ProvisionerType? engine, bool answered, TimeSpan taken) =>
        _looks.Record(taken.TotalSeconds, Engine(engine), new("result", answered ? "answered" : "failed"));

    internal static KeyValuePair<string, object?> Engine(ProvisionerType? engine) => new("engine", engine?.ToString() ?? "None");

    private static (KeyValuePair<string, object?> Engine, KeyValuePair<string, object?> Kind) Tags(ProvisionerType? engine, OperationKind kind) =>
        (Engine(engine), new("kind", kind.ToString()));

    private static KeyValuePair<string, object?> Outcome(OperationPhase phase) => new("outcome", phase.ToString());
}
