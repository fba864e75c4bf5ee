namespace Provisioning.Kubernetes.Queueing;

/// <summary>
/// Keys that want work. A key is with one worker at most: what is added meanwhile is given out once more after <see cref="Done"/>.
/// Higher priorities first, first come first served inside a priority; adding again keeps the higher priority and the earlier time.
/// </summary>
internal sealed class WorkQueue<TKey> : IDisposable, IQueueProbe
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, QueueEntry<TKey>> _entries = [];
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly SortedSet<QueueEntry<TKey>> _ready = new(QueueEntry<TKey>.ByPriority);
    private readonly SortedSet<QueueEntry<TKey>> _waiting = new(QueueEntry<TKey>.ByReadyAt);
    private readonly HashSet<QueueEntry<TKey>> _processing = [];

    // One permit for every key in `ready` that no call of GetAsync has claimed yet; after the shutdown one permit goes from caller to caller.
    private readonly SemaphoreSlim _available = new(0);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Func<double> _random;
    private readonly WorkQueueMetrics _metrics;
    private readonly ITimer _timer;
    private TimeSpan _timerDue = TimeSpan.MaxValue;
    private long _sequence;
    private bool _shutDown;

    public WorkQueue(string name, TimeProvider time, Func<double> random, WorkQueueMetrics metrics)
    {
        Name = name;
        _time = time;
        _random = random;
        _metrics = metrics;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((WorkQueue<TKey>)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _metrics.Begin(name);
        _metrics.Observe(this);
    }

    public string Name { get; }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    /// <summary>Asks for work on a key now.</summary>
    public void Add(TKey key, int priority = QueuePriority.Normal) => AddAfter(key, TimeSpan.Zero, priority);

    /// <summary>Asks for work on a key after a delay. If it waits already, the earlier of both times counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay, int priority = QueuePriority.Normal)
    {
        lock (_gate)
        {
            if (_shutDown)
                return;
            _metrics.Added(Name);
            AddLocked(key, delay, priority);
            ArmTimer();
        }
    }

    /// <summary>Asks for work on a key that failed, after a delay that doubles with each failure since <see cref="Forget"/>.</summary>
    /// <returns>The delay.</returns>
    public TimeSpan AddRateLimited(TKey key, int priority = QueuePriority.Normal)
    {
        TimeSpan delay;
        lock (_gate)
        {
            var count = _failures.GetValueOrDefault(key);
            _failures[key] = count + 1;
            delay = ExponentialBackoff.Delay(count, _random());
        }

        _metrics.Retried(Name);
        AddAfter(key, delay, priority);
        return delay;
    }

    /// <summary>Forgets the failures of a key.</summary>
    public void Forget(TKey key)
    {
        lock (_gate)
            _failures.Remove(key);
    }

    /// <summary>Takes the next key; null after the shutdown. Every key taken must be given back by <see cref="Done"/>.</summary>
    public async ValueTask<QueuedKey<TKey>?> GetAsync(CancellationToken cancellationToken)
    {
        await _available.WaitAsync(cancellationToken);
        lock (_gate)
        {
            if (_shutDown)
            {
                _available.Release();
                return null;
            }

            var entry = _ready.Min!;
            _ready.Remove(entry);
            _metrics.Left(Name, entry.Priority);
            var now = Now;
            _metrics.Waited(Name, now - entry.ReadySince);
            entry.Pending = Pending.None;
            entry.IsProcessing = true;
            entry.ProcessingSince = now;
            _processing.Add(entry);
            return new QueuedKey<TKey>(entry.Key, entry.Priority);
        }
    }

    /// <summary>Gives a key back; if it was added meanwhile, it is ready again.</summary>
    public void Done(TKey key)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var entry) || !entry.IsProcessing)
                throw new InvalidOperationException($"{key} is not being worked on; give a key back once, after GetAsync has returned it.");
            entry.IsProcessing = false;
            _processing.Remove(entry);
            _metrics.Worked(Name, Now - entry.ProcessingSince);
            if (_shutDown)
            {
                if (_processing.Count == 0)
                    _drained.TrySetResult();
            }
            else if (entry.Pending == Pending.Ready)
            {
                GiveOut(entry);
            }
            else if (entry.Pending == Pending.None)
            {
                _entries.Remove(key);
            }
        }
    }

    /// <summary>
    /// Gives out no more keys and takes no more; what is queued is dropped, since whoever leads next lists everything anyway.
    /// </summary>
    /// <returns>Ends when every key that was given out is back.</returns>
    public Task ShutDownWithDrain()
    {
        lock (_gate)
        {
            if (_shutDown)
                return _drained.Task;
            _shutDown = true;
            foreach (var entry in _ready)
                _metrics.Left(Name, entry.Priority);
            _ready.Clear();
            _waiting.Clear();
            if (_processing.Count == 0)
                _drained.TrySetResult();
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _available.Release();
            return _drained.Task;
        }
    }

    /// <inheritdoc/>
    public (TimeSpan Unfinished, TimeSpan Longest) Processing
    {
        get
        {
            lock (_gate)
            {
                var (now, sum, longest) = (Now, TimeSpan.Zero, TimeSpan.Zero);
                foreach (var entry in _processing)
                {
                    var taken = now - entry.ProcessingSince;
                    sum += taken;
                    longest = taken > longest ? taken : longest;
                }

                return (sum, longest);
            }
        }
    }

    public void Dispose()
    {
        _metrics.Forget(this);
        _timer.Dispose();
        _available.Dispose();
    }

    private void AddLocked(TKey key, TimeSpan delay, int priority)
    {
        if (!_entries.TryGetValue(key, out var entry))
            _entries.Add(key, entry = new QueueEntry<TKey>(key));
        var now = Now;
        var readyAt = delay <= TimeSpan.Zero ? now : delay > TimeSpan.MaxValue - now ? TimeSpan.MaxValue : now + delay;
        if (entry.Pending == Pending.None)
        {
            entry.Priority = priority;
            entry.ReadyAt = readyAt;
            Queue(entry, now);
            return;
        }

        var higher = priority > entry.Priority;
        var sooner = entry.Pending == Pending.Waiting && readyAt < entry.ReadyAt;
        if (!higher && !sooner)
            return;

        // The sorted sets must not see an entry change while it is in them.
        var wasGivenOut = Withdraw(entry);
        if (higher)
        {
            entry.Priority = priority;
            entry.Sequence = ++_sequence;
        }

        if (sooner)
            entry.ReadyAt = readyAt;
        if (wasGivenOut)
            PutInReady(entry);
        else if (entry.Pending == Pending.Waiting)
            Queue(entry, now);
    }

    private void Queue(QueueEntry<TKey> entry, TimeSpan now)
    {
        entry.Sequence = ++_sequence;
        if (entry.ReadyAt > now)
        {
            entry.Pending = Pending.Waiting;
            _waiting.Add(entry);
            return;
        }

        entry.Pending = Pending.Ready;
        if (!entry.IsProcessing)
            GiveOut(entry);
    }

    private void GiveOut(QueueEntry<TKey> entry)
    {
        entry.ReadySince = Now;
        PutInReady(entry);
        _available.Release();
    }

    private void PutInReady(QueueEntry<TKey> entry)
    {
        _ready.Add(entry);
        _metrics.Entered(Name, entry.Priority);
    }

    private bool Withdraw(QueueEntry<TKey> entry)
    {
        if (entry.Pending == Pending.Waiting)
            _waiting.Remove(entry);
        if (entry.Pending != Pending.Ready || !_ready.Remove(entry))
            return false;
        _metrics.Left(Name, entry.Priority);
        return true;
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            _timerDue = TimeSpan.MaxValue;
            if (!_shutDown)
                ArmTimer();
        }
    }

    /// <summary>Moves what is due and sets the one timer for what is due next.</summary>
    private void ArmTimer()
    {
        var now = Now;
        while (_waiting.Min is { } entry && entry.ReadyAt <= now)
        {
            _waiting.Remove(entry);
            Queue(entry, now);
        }

        if (_waiting.Min is not { } next || next.ReadyAt >= _timerDue)
            return;
        _timerDue = next.ReadyAt;

        // Whole milliseconds rounded up: timers cut fractions off and would fire too early, again and again. A day at most: timers end at 49 days.
        var delay = Math.Min(Math.Ceiling((next.ReadyAt - now).TotalMilliseconds), TimeSpan.MillisecondsPerDay);
        _timer.Change(TimeSpan.FromMilliseconds(delay), Timeout.InfiniteTimeSpan);
    }
}
