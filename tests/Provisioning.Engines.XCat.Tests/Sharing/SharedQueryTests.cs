using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Engines.XCat.Sharing;

namespace Provisioning.Engines.XCat.Tests.Sharing;

public sealed class SharedQueryTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<IReadOnlyList<string>> _questions = [];
    private readonly SharedQuery<string> _query;
    private Func<string, string?> _answer = name => $"{name} is well";
    private TaskCompletionSource? _held;

    public SharedQueryTests() => _query = new(AskAsync, answer => !answer.Contains("ill", StringComparison.Ordinal), new() { MostNames = 3 }, _clock);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _query.DisposeAsync();

    [Fact]
    public async Task Those_who_ask_at_the_same_time_share_questions_of_bounded_length()
    {
        var asked = Enumerable.Range(0, 7).Select(n => _query.FreshAsync($"n{n}", Token)).Append(_query.FreshAsync("n0", Token)).ToList();
        Pass();
        Assert.Equal("n6 is well", (await Task.WhenAll(asked))[6]);
        Assert.Equal([1, 3, 3], _questions.Select(names => names.Count).Order());
    }

    [Fact]
    public async Task A_look_is_served_from_a_young_answer_and_work_is_not()
    {
        await FreshAsync("a");
        Assert.Equal("a is well", await _query.RecentAsync("a", Token));
        Assert.Single(_questions);
        await FreshAsync("a");
        Assert.Equal(2, _questions.Count);
    }

    [Fact]
    public async Task Who_looks_rarely_is_served_an_older_answer_and_who_looks_again_soon_is_not()
    {
        await using var query = new SharedQuery<string>(AskAsync, _ => true, new() { LongestFreshness = TimeSpan.FromSeconds(150) }, _clock);
        async Task LookAsync(int secondsLater, int questions)
        {
            _clock.Advance(TimeSpan.FromSeconds(secondsLater));
            var look = query.RecentAsync("a", Token);
            Pass();
            await look;
            Assert.Equal(questions, _questions.Count);
        }

        await LookAsync(0, questions: 1);
        await LookAsync(300, questions: 2);

        // Somebody who works on it was answered 149 s ago: that is half of the time between two looks.
        _clock.Advance(TimeSpan.FromSeconds(151));
        var work = query.FreshAsync("a", Token);
        Pass();
        await work;
        await LookAsync(149, questions: 3);

        // The next look comes after 31 s: then only what is younger than 30 s counts.
        await LookAsync(31, questions: 4);
        await LookAsync(29, questions: 4);

        // However rarely it is looked at, an answer of more than 150 s is never served.
        await LookAsync(900, questions: 5);
    }

    [Fact]
    public async Task What_was_done_to_a_name_makes_its_answers_old()
    {
        await FreshAsync("a");
        _query.Forget("a");
        var again = _query.RecentAsync("a", Token);
        Pass();
        await again;
        Assert.Equal(2, _questions.Count);
    }

    [Fact]
    public async Task An_answer_under_way_when_something_was_done_is_not_kept()
    {
        _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var early = _query.RecentAsync("a", Token);
        Pass();
        await UntilAsync(() => _questions.Count == 1);
        _query.Forget("a");
        _held.SetResult();
        await early;
        var late = _query.RecentAsync("a", Token);
        Pass();
        await late;
        Assert.Equal(2, _questions.Count);
    }

    [Fact]
    public async Task A_look_asks_along_for_all_who_will_look_soon()
    {
        _questions.Clear();
        foreach (var name in new[] { "a", "b", "c" })
            await RecentAsync(name);
        _clock.Advance(TimeSpan.FromMinutes(1));
        _questions.Clear();
        await RecentAsync("b");
        Assert.Equal(["a", "b", "c"], Assert.Single(_questions).Order());
        await Task.WhenAll(_query.RecentAsync("a", Token), _query.RecentAsync("c", Token));
        Assert.Single(_questions);
    }

    [Fact]
    public async Task Who_answers_badly_is_asked_apart_and_not_served_to_others()
    {
        _answer = name => name == "b" ? "ill" : "well";
        await Task.WhenAll(Together("a", "b"));
        _questions.Clear();
        await Task.WhenAll(Together("a", "b"));
        Assert.Equal([["a"], ["b"]], _questions.OrderBy(names => names[0]).Select(names => names.ToArray()));
    }

    [Fact]
    public async Task A_failure_is_told_to_those_who_asked_and_forgotten()
    {
        _answer = _ => throw new IOException("lost");
        var failing = _query.RecentAsync("a", Token);
        Pass();
        await Assert.ThrowsAsync<IOException>(() => failing);
        _answer = _ => "well";
        Assert.Equal("well", await RecentAsync("a"));
    }

    [Fact]
    public async Task Who_stops_waiting_stops_nobody_else()
    {
        using var source = new CancellationTokenSource();
        var (leaves, stays) = (_query.FreshAsync("a", source.Token), _query.FreshAsync("a", Token));
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves);
        Pass();
        Assert.Equal("a is well", await stays);
    }

    [Property]
    public bool Chunks_hold_every_name_once_in_bounds(string[] names, byte most)
    {
        var (all, limit) = (names.Select(name => name ?? "").ToList(), (most % 5) + 1);
        var chunks = Chunks.Of(all, limit, 20).ToList();
        return chunks.SelectMany(chunk => chunk).SequenceEqual(all) && chunks.All(chunk => chunk.Count <= limit && (chunk.Count == 1 || chunk.Sum(name => name.Length + 1) <= 20));
    }

    private List<Task<string>> Together(params string[] names)
    {
        var tasks = names.Select(name => _query.FreshAsync(name, Token)).ToList();
        Pass();
        return tasks;
    }

    private async Task FreshAsync(string name)
    {
        var task = _query.FreshAsync(name, Token);
        Pass();
        await task;
    }

    private async Task<string> RecentAsync(string name)
    {
        var task = _query.RecentAsync(name, Token);
        Pass();
        return await task;
    }

    private void Pass() => _clock.Advance(TimeSpan.FromMilliseconds(25));

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var look = 0; !condition() && look < 20_000; look++)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token);
        Assert.True(condition());
    }

    private async Task<IReadOnlyDictionary<string, string>> AskAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        lock (_questions)
            _questions.Add(names);
        if (_held is { } held)
            await held.Task;
        _held = null;
        return names.Select(name => (name, _answer(name))).Where(pair => pair.Item2 is not null).ToDictionary(pair => pair.name, pair => pair.Item2!);
    }
}
