using System.Diagnostics.Metrics;
using Provisioning.Kubernetes.Queueing;

namespace Provisioning.Kubernetes.Controllers;

/// <summary>Metrics of all controllers, by the names of controller-runtime.</summary>
internal sealed class ControllerMetrics
{
    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        HistogramBucketBoundaries =
        [
            0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0,
            1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
        ],
    };

    private static readonly string[] Results = ["success", "requeue_after", "error"];

    private readonly Counter<long> _total;
    private readonly Counter<long> _errors;
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _active;
    private readonly UpDownCounter<long> _maximum;

    public ControllerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(RuntimeMeter.Name);
        _total = meter.CreateCounter<long>("controller_runtime_reconcile_total", description: "Reconciles by result.");
        _errors = meter.CreateCounter<long>("controller_runtime_reconcile_errors_total", description: "Reconciles that failed.");
        _duration = meter.CreateHistogram("controller_runtime_reconcile_time_seconds", "s", "How long reconciles took.", advice: Buckets);
        _active = meter.CreateUpDownCounter<long>("controller_runtime_active_workers", description: "Workers that are in a reconcile.");
        _maximum = meter.CreateUpDownCounter<long>("controller_runtime_max_concurrent_reconciles", description: "Workers of the controller.");
    }

    /// <summary>Counts begin with zero, as those of controller-runtime do: without that, nobody sees the first failure as an increase.</summary>
    public void Starting(string controller, int workers)
    {
        _maximum.Add(workers, Tag(controller));
        _active.Add(0, Tag(controller));
        _errors.Add(0, Tag(controller));
        foreach (var result in Results)
            _total.Add(0, Tag(controller), new("result", result));
    }

    public void Began(string controller) => _active.Add(1, Tag(controller));

    public void Ended(string controller, string result, TimeSpan taken)
    {
        _active.Add(-1, Tag(controller));
        _duration.Record(taken.TotalSeconds, Tag(controller));
        _total.Add(1, Tag(controller), new("result", result));
        if (result == "error")
            _errors.Add(1, Tag(controller));
    }

    private static KeyValuePair<string, object?> Tag(string controller) => new("controller", controller);
}
