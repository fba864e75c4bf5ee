using System.Diagnostics.Metrics;

namespace Provisioning.Kubernetes.Queueing;

/// <summary>What is read from a queue when its metrics are collected.</summary>
internal interface IQueueProbe
{
    /// <summary>Name of the controller that the queue belongs to.</summary>
    string Name { get; }

    /// <summary>How long the keys that workers hold have been held: in sum, and the longest.</summary>
    (TimeSpan Unfinished, TimeSpan Longest) Processing { get; }
}

/// <summary>Metrics of all work queues, by the names of controller-runtime, so that its dashboards and alerts fit.</summary>
internal sealed class WorkQueueMetrics
{
    // 10 ns * 10^n, as client-go has it.
    private static readonly InstrumentAdvice<double> Buckets = new() { HistogramBucketBoundaries = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000] };

    private readonly Lock _gate = new();
    private readonly UpDownCounter<long> _depth;
    private readonly Counter<long> _adds;
    private readonly Counter<long> _retries;
    private readonly Histogram<double> _queueDuration;
    private readonly Histogram<double> _workDuration;
    private IQueueProbe[] _queues = [];

    public WorkQueueMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(RuntimeMeter.Name);
        _depth = meter.CreateUpDownCounter<long>("workqueue_depth", description: "Keys that are ready and wait for a worker.");
        _adds = meter.CreateCounter<long>("workqueue_adds_total", description: "Requests for work.");
        _retries = meter.CreateCounter<long>("workqueue_retries_total", description: "Retries after failures.");
        _queueDuration = meter.CreateHistogram("workqueue_queue_duration_seconds", "s", "How long keys were ready before a worker took them.", advice: Buckets);
        _workDuration = meter.CreateHistogram("workqueue_work_duration_seconds", "s", "How long workers held keys.", advice: Buckets);
        meter.CreateObservableGauge(
            "workqueue_unfinished_work_seconds", () => Probe(p => p.Unfinished), "s", "How long the keys that workers hold now have been held, in sum.");
        meter.CreateObservableGauge(
            "workqueue_longest_running_processor_seconds", () => Probe(p => p.Longest), "s", "How long the slowest worker has held its key.");
    }

    /// <summary>Counts of a queue begin with zero, as those of client-go do.</summary>
    public void Begin(string name)
    {
        _adds.Add(0, Tag(name), Controller(name));
        _retries.Add(0, Tag(name), Controller(name));
        _depth.Add(0, Tag(name), Controller(name), new("priority", QueuePriority.Normal));
    }

    public void Observe(IQueueProbe queue)
    {
        lock (_gate)
            _queues = [.. _queues, queue];
    }

    public void Forget(IQueueProbe queue)
    {
        lock (_gate)
            _queues = [.. _queues.Where(q => q != queue)];
    }

    public void Added(string name) => _adds.Add(1, Tag(name), Controller(name));

    public void Retried(string name) => _retries.Add(1, Tag(name), Controller(name));

    public void Entered(string name, int priority) => _depth.Add(1, Tag(name), Controller(name), new("priority", priority));

    public void Left(string name, int priority) => _depth.Add(-1, Tag(name), Controller(name), new("priority", priority));

    public void Waited(string name, TimeSpan duration) => _queueDuration.Record(duration.TotalSeconds, Tag(name), Controller(name));

    public void Worked(string name, TimeSpan duration) => _workDuration.Record(duration.TotalSeconds, Tag(name), Controller(name));

    private static KeyValuePair<string, object?> Tag(string name) => new("name", name);

    private static KeyValuePair<string, object?> Controller(string name) => new("controller", name);

    private IEnumerable<Measurement<double>> Probe(Func<(TimeSpan Unfinished, TimeSpan Longest), TimeSpan> pick) =>
        _queues.Select(queue => new Measurement<double>(pick(queue.Processing).TotalSeconds, Tag(queue.Name), Controller(queue.Name)));
}
