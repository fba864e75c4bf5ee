using System.Diagnostics.Metrics;

namespace Provisioning.Operator.Telemetry;

/// <summary>Copies of images between libraries.</summary>
internal sealed class FetchMetrics
{
    private static readonly KeyValuePair<string, object?> IsWaiting = new("state", "waiting");
    private static readonly KeyValuePair<string, object?> IsRunning = new("state", "running");

    private readonly UpDownCounter<long> _fetches;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _bytes;

    public FetchMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(OperatorMeter.Name);
        _fetches = meter.CreateUpDownCounter<long>("provisioning_image_fetches", description: "Copies of images between libraries that wait for their turn or run.");
        _ended = meter.CreateCounter<long>("provisioning_image_fetch_attempts_total", description: "Attempts to copy an image from one library to another, by outcome.");
        _bytes = meter.CreateCounter<long>("provisioning_fetched_bytes_total", "By", "Bytes of the images that were copied whole from one library to another.");
        _fetches.Add(0, IsWaiting);
        _fetches.Add(0, IsRunning);
        _ended.Add(0, Outcome("Succeeded"));
        _ended.Add(0, Outcome("Failed"));
    }

    /// <summary>A copy waits for its turn.</summary>
    public Fetching Waiting()
    {
        _fetches.Add(1, IsWaiting);
        return new(this);
    }

    /// <summary>An attempt failed; the copy goes on being tried.</summary>
    public void Failed() => _ended.Add(1, Outcome("Failed"));

    private static KeyValuePair<string, object?> Outcome(string outcome) => new("outcome", outcome);

    /// <summary>A copy while it is counted.</summary>
    internal sealed class Fetching(FetchMetrics metrics) : IDisposable
    {
        private bool _isRunning;

        public void Began()
        {
            _isRunning = true;
            metrics._fetches.Add(-1, IsWaiting);
            metrics._fetches.Add(1, IsRunning);
        }

        public void Succeeded(long bytes)
        {
            metrics._ended.Add(1, Outcome("Succeeded"));
            metrics._bytes.Add(bytes);
        }

        public void Dispose() => metrics._fetches.Add(-1, _isRunning ? IsRunning : IsWaiting);
    }
}
