namespace Provisioning.Kubernetes.Events;

/// <summary>
/// Decides which occurrences are written, without any clock of its own. The first one of a key is written at once; repeats within
/// <see cref="SeriesWindow"/> of the last are counted and written at most every <see cref="SeriesInterval"/>. New events of one object
/// are limited: a burst, then one in <see cref="BurstRefill"/>.
/// </summary>
internal sealed class EventAggregator
{
    public const int BurstPerObject = 25;

    public static readonly TimeSpan SeriesWindow = TimeSpan.FromMinutes(10);

    public static readonly TimeSpan SeriesInterval = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan BurstRefill = TimeSpan.FromMinutes(5);

    private readonly Dictionary<EventKey, Series> _series = [];
    private readonly Dictionary<EventSubject, Bucket> _buckets = [];

    /// <summary>How many keys are remembered.</summary>
    public int Count => _series.Count;

    /// <summary>Takes an occurrence.</summary>
    /// <param name="occurrence">The occurrence.</param>
    /// <param name="write">What is to be written now, or null.</param>
    /// <returns>False if it was dropped because its object has too many events.</returns>
    public bool TryAdd(Occurrence occurrence, out EventWrite? write)
    {
        write = null;
        if (_series.TryGetValue(occurrence.Key, out var series) && occurrence.At - series.LastAt < SeriesWindow)
        {
            series.Count++;
            series.LastAt = occurrence.At;
            series.IsWritten = false;
            return true;
        }

        if (!Bucket(occurrence.Key.Subject).TryTake(occurrence.At))
            return false;
        _series[occurrence.Key] = new Series(occurrence);
        write = new EventWrite(occurrence, 1, occurrence.At);
        return true;
    }

    /// <summary>The series that are to be written now; also forgets what is over.</summary>
    /// <param name="now">The time.</param>
    /// <param name="all">Whether also those are written whose time has not come.</param>
    public IReadOnlyList<EventWrite> TakeDue(DateTimeOffset now, bool all = false)
    {
        var due = new List<EventWrite>();
        foreach (var (key, series) in _series)
        {
            if (!series.IsWritten && (all || now - series.LastWriteAt >= SeriesInterval))
            {
                due.Add(new EventWrite(series.First, series.Count, series.LastAt));
                series.IsWritten = true;
                series.LastWriteAt = now;
            }

            if (series.IsWritten && now - series.LastAt >= SeriesWindow)
                _series.Remove(key);
        }

        foreach (var (subject, bucket) in _buckets)
        {
            if (bucket.IsFull(now))
                _buckets.Remove(subject);
        }

        return due;
    }

    private Bucket Bucket(EventSubject subject)
    {
        if (!_buckets.TryGetValue(subject, out var bucket))
            _buckets.Add(subject, bucket = new Bucket());
        return bucket;
    }

    private sealed class Series(Occurrence first)
    {
        public Occurrence First { get; } = first;

        public int Count { get; set; } = 1;

        public DateTimeOffset LastAt { get; set; } = first.At;

        public DateTimeOffset LastWriteAt { get; set; } = first.At;

        public bool IsWritten { get; set; } = true;
    }
}
