using System.Text;
using FsCheck.Xunit;
using Provisioning.Kubernetes.Events;

namespace Provisioning.Kubernetes.Tests.Events;

public sealed class EventAggregatorTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private EventAggregator _aggregator = new();

    [Fact]
    public void The_first_occurrence_is_written_and_repeats_every_five_minutes_at_most()
    {
        Assert.Equal(1, Add(0)!.Count);
        for (var second = 1; second <= 299; second++)
            Assert.Null(Add(second));
        Assert.Empty(_aggregator.TakeDue(Start.AddSeconds(299)));
        var write = Assert.Single(_aggregator.TakeDue(Start.AddSeconds(300)));
        Assert.Equal((300, Start.AddSeconds(299)), (write.Count, write.LastAt));
        Add(301);
        Assert.Empty(_aggregator.TakeDue(Start.AddSeconds(599)));
        Assert.Equal(301, Assert.Single(_aggregator.TakeDue(Start.AddSeconds(600))).Count);
        Assert.Empty(_aggregator.TakeDue(Start.AddSeconds(900)));
    }

    [Fact]
    public void What_comes_again_after_ten_quiet_minutes_is_a_new_event()
    {
        Add(0);
        Assert.Null(Add(599));
        Assert.Null(Add(599 + 599));
        Assert.Equal(1, Add(599 + 599 + 600)!.Count);
    }

    [Fact]
    public void Another_reason_action_type_or_object_is_another_event()
    {
        Assert.NotNull(Add(0));
        Assert.NotNull(Add(0, reason: "Other"));
        Assert.NotNull(Add(0, type: EventType.Normal));
        Assert.NotNull(Add(0, name: "b"));
        Assert.Null(Add(1, note: "another note"));
    }

    [Fact]
    public void One_object_has_a_burst_of_25_and_then_one_in_five_minutes()
    {
        for (var i = 0; i < 25; i++)
            Assert.NotNull(Add(0, reason: $"Reason{i}"));
        Assert.False(TryAdd(299, "TooMany"));
        Assert.True(TryAdd(300, "OneMore"));
        Assert.False(TryAdd(301, "TooManyAgain"));
        Assert.NotNull(Add(301, name: "b"));
    }

    [Fact]
    public void All_that_is_not_written_yet_is_given_at_the_end()
    {
        Add(0);
        Add(1);
        Assert.Equal(2, Assert.Single(_aggregator.TakeDue(Start.AddSeconds(2), all: true)).Count);
        Assert.Empty(_aggregator.TakeDue(Start.AddSeconds(3), all: true));
    }

    [Fact]
    public void What_is_over_is_forgotten()
    {
        for (var i = 0; i < 1000; i++)
            Add(i / 100.0, name: $"node{i}");
        Assert.Equal(1000, _aggregator.Count);
        _aggregator.TakeDue(Start.AddMinutes(11));
        Assert.Equal(0, _aggregator.Count);
    }

    [Property(MaxTest = 300)]
    public void No_occurrence_is_lost_from_the_counts_and_writes_stay_rare(byte[] gaps)
    {
        _aggregator = new EventAggregator();
        var now = 0.0;
        var (written, pending) = (0, 0);
        var writeTimes = new List<double>();
        foreach (var gap in gaps)
        {
            now += gap;
            if (Add(now) is not null)
            {
                // A new series only after ten quiet minutes, by when the last one has been written in full.
                Assert.True(pending == written || written == 0);
                (written, pending) = (1, 1);
                writeTimes.Clear();
            }
            else
            {
                pending++;
            }

            foreach (var write in _aggregator.TakeDue(Start.AddSeconds(now)))
            {
                written = write.Count;
                writeTimes.Add(now);
            }
        }

        foreach (var write in _aggregator.TakeDue(Start.AddSeconds(now), all: true))
            written = write.Count;
        Assert.Equal(pending, written);
        Assert.All(writeTimes.Zip(writeTimes.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 300));
    }

    [Fact]
    public void A_long_note_is_cut_between_characters()
    {
        Assert.Equal("short", EventObjects.Cut("short"));
        var cut = EventObjects.Cut(new string('x', 1020) + "äöü" + new string('y', 100));
        Assert.InRange(Encoding.UTF8.GetByteCount(cut), 1020, EventObjects.MaxNoteBytes);
        Assert.EndsWith("...", cut, StringComparison.Ordinal);
        Assert.DoesNotContain('\uFFFD', EventObjects.Cut(string.Concat(Enumerable.Repeat("😀", 400))));
    }

    [Fact]
    public void A_name_is_the_same_for_the_same_occurrence_and_fits_the_limit()
    {
        var occurrence = Occurrence(0, new string('n', 253), EventType.Warning, "Failed", "note");
        var name = EventObjects.NameOf(occurrence, "instance");
        Assert.Equal(name, EventObjects.NameOf(occurrence, "instance"));
        Assert.Equal(253, name.Name.Length);
        Assert.NotEqual(name, EventObjects.NameOf(occurrence with { At = Start.AddSeconds(1) }, "instance"));
        Assert.NotEqual(name, EventObjects.NameOf(occurrence, "another"));
    }

    private static Occurrence Occurrence(double second, string name, EventType type, string reason, string note) =>
        new(new EventKey(new EventSubject("test.dev/v1", "Widget", new("lab", name), $"uid-{name}"), type, reason, "Load", ""), note, Start.AddSeconds(second));

    private EventWrite? Add(double second, string name = "a", EventType type = EventType.Warning, string reason = "Failed", string note = "note")
    {
        Assert.True(_aggregator.TryAdd(Occurrence(second, name, type, reason, note), out var write));
        return write;
    }

    private bool TryAdd(double second, string reason) => _aggregator.TryAdd(Occurrence(second, "a", EventType.Warning, reason, "note"), out _);
}
