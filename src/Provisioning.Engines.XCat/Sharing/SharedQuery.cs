namespace Provisioning.Engines.XCat.Sharing;

/// <summary>
/// One question for many names, shared by all who ask at about the same time. Who only looks may be served from a young answer; when nobody has one, all names that
/// were asked for lately are asked in one go, so that a thousand looks in an interval cost a few commands. Who works on a machine gets an answer that was
/// begun after the question. Names that were slow to answer are asked apart, so that others do not wait for them.
/// </summary>
/// <param name="ask">Asks about many names. What it leaves out, or an exception, is the failure of those who asked.</param>
/// <param name="isSound">Whether an answer may be served to others. One that is not is asked apart the next time.</param>
/// <param name="options">Bounds.</param>
/// <param name="clock">Clock.</param>
internal sealed class SharedQuery<T>(
    Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyDictionary<string, T>>> ask, Func<T, bool> isSound, SharedQueryOptions options, TimeProvider clock) : IAsyncDisposable
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly CancellationTokenSource _ending = new();
    private Dictionary<string, TaskCompletionSource<T>> _next = [];
    private bool _sweep;

    /// <summary>An answer that was begun after this call.</summary>
    public Task<T> FreshAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return Enqueue(name).Task.WaitAsync(cancellationToken);
    }

    /// <summary>An answer that is young enough to know how things are.</summary>
    public Task<T> RecentAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var entry = EntryOf(name);
            entry.Ask(clock.GetUtcNow());
            if (entry.Answer is { } answer && entry.Age(clock) <= FreshnessFor(entry))
                return Task.FromResult(answer);
            if (entry.Running is { } running)
                return running.Task.WaitAsync(cancellationToken);
            _sweep = true;
            return Enqueue(name).Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Something was done to what has this name: answers of before are not served any more.</summary>
    public void Forget(string name)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(name, out var entry))
                (entry.Answer, entry.Running) = (null, null);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _ending.CancelAsync();

    private TaskCompletionSource<T> Enqueue(string name)
    {
        if (_next.TryGetValue(name, out var waiting))
            return waiting;
        if (_next.Count == 0)
            _ = FlushAsync();
        return _next[name] = NewSource();
    }

    private async Task FlushAsync()
    {
        try
        {
            await Task.Delay(options.Window, clock, _ending.Token);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                foreach (var source in Take().Values)
                    source.TrySetCanceled(CancellationToken.None);
            }

            return;
        }

        lock (_lock)
        {
            var batch = Take();
            var sick = batch.Keys.Where(name => EntryOf(name).IsSick).ToHashSet();
            foreach (var names in Chunks.Of(batch.Keys.Except(sick), options.MostNames, options.MostCharacters).Concat(Chunks.Of(sick, options.MostNames, options.MostCharacters)))
                _ = AskAsync(names.ToDictionary(name => name, name => batch[name]));
        }
    }

    /// <summary>Those who wait, and, if one of them only looks, the others who will look soon.</summary>
    private Dictionary<string, TaskCompletionSource<T>> Take()
    {
        var (batch, now) = (_next, clock.GetUtcNow());
        if (_sweep)
        {
            foreach (var (name, entry) in _entries.Where(pair => now - pair.Value.LastAsked > options.Interest).ToList())
                _entries.Remove(name);
            foreach (var (name, entry) in _entries)
            {
                if (entry.Running is null && entry.Age(clock) > FreshnessFor(entry) / 2)
                    batch.TryAdd(name, NewSource());
            }
        }

        foreach (var (name, source) in batch)
            EntryOf(name).Running = source;
        (_next, _sweep) = ([], false);
        return batch;
    }

    private async Task AskAsync(Dictionary<string, TaskCompletionSource<T>> batch)
    {
        // What is held here must not hold the lock: the answer may come at once.
        await Task.Yield();
        var begun = clock.GetUtcNow();
        try
        {
            var answers = await ask([.. batch.Keys], _ending.Token);
            foreach (var (name, source) in batch)
            {
                var answer = answers.GetValueOrDefault(name);
                Keep(name, source, answer, begun);
                if (answer is not null)
                    source.TrySetResult(answer);
                else
                    source.TrySetException(new InvalidOperationException($"The answer leaves out {name}."));
            }
        }
        catch (Exception failure)
        {
            foreach (var (name, source) in batch)
            {
                Keep(name, source, null, begun);
                source.TrySetException(failure);
            }
        }
    }

    private void Keep(string name, TaskCompletionSource<T> source, T? answer, DateTimeOffset begun)
    {
        lock (_lock)
        {
            // Forgotten meanwhile, or a newer question is under way: that one counts.
            if (!_entries.TryGetValue(name, out var entry) || entry.Running != source)
                return;
            entry.Running = null;
            entry.IsSick = answer is not null && !isSound(answer);
            if (answer is not null && !entry.IsSick)
                (entry.Answer, entry.Begun) = (answer, begun);
            else
                entry.Answer = null;
        }
    }

    /// <summary>Who looks again after seconds wants to see a change; who looks every five minutes sees it hardly later if the answer is two minutes old.</summary>
    private TimeSpan FreshnessFor(Entry entry) =>
        entry.Gap / 2 is var half && half > options.LongestFreshness ? Longer(options.LongestFreshness, options.Freshness) : Longer(half, options.Freshness);

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private Entry EntryOf(string name)
    {
        if (!_entries.TryGetValue(name, out var entry))
            _entries[name] = entry = new() { LastAsked = clock.GetUtcNow() };
        return entry;
    }

    private static TaskCompletionSource<T> NewSource()
    {
        var source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        // Names that were asked along have nobody who waits for them.
        _ = source.Task.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return source;
    }

    private sealed class Entry
    {
        private bool _isLookedAt;

        public required DateTimeOffset LastAsked { get; set; }

        /// <summary>Time between its last two looks; zero before the second.</summary>
        public TimeSpan Gap { get; private set; }

        public DateTimeOffset Begun { get; set; }

        public T? Answer { get; set; }

        public TaskCompletionSource<T>? Running { get; set; }

        public bool IsSick { get; set; }

        public void Ask(DateTimeOffset now) => (Gap, LastAsked, _isLookedAt) = (_isLookedAt ? now - LastAsked : TimeSpan.Zero, now, true);

        public TimeSpan Age(TimeProvider clock) => Answer is null ? TimeSpan.MaxValue : clock.GetUtcNow() - Begun;
    }
}
