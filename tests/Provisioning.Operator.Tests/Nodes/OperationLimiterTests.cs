using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Api.Nodes;
using Provisioning.Kubernetes;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Nodes;

public sealed class OperationLimiterTests
{
    private static readonly NamespacedName Room = new("lab", "room");
    private static readonly NamespacedName Other = new("lab", "other");

    private readonly MemoryCache<Node> _nodes = new();
    private readonly MemoryQueue<Node> _queue = new();

    [Fact]
    public void More_than_the_limit_wait_in_the_order_in_which_they_came()
    {
        var limiter = Make();
        Assert.Equal([0, 0, 1, 2], Enter(limiter, 2, "a", "b", "c", "d"));
        Assert.Equal([1, 2], Enter(limiter, 2, "c", "d"));
        limiter.Leave(Room, Name("a"), 2);
        Assert.Equal(["c"], _queue.Asked);
        Assert.Equal([1, 0, 0], [.. Enter(limiter, 2, "d"), .. Enter(limiter, 2, "c"), .. Enter(limiter, 2, "b")]);
    }

    [Fact]
    public void Who_runs_already_enters_again() => Assert.Equal([0, 0], Enter(Make(), 1, "a", "a"));

    [Fact]
    public void A_raised_limit_lets_more_in_and_a_lowered_one_throws_nobody_out()
    {
        var limiter = Make();
        Enter(limiter, 1, "a", "b", "c");
        Assert.Equal([0], Enter(limiter, 3, "b"));
        Assert.Equal([0, 0, 2], Enter(limiter, 1, "a", "b", "c"));
    }

    [Fact]
    public void Operations_that_are_recorded_count_from_the_start()
    {
        _nodes.Objects.Add(Recorded("x", OperationPhase.Running));
        _nodes.Objects.Add(Recorded("y", OperationPhase.Succeeded));
        var limiter = Make();
        Assert.Equal([1], Enter(limiter, 1, "a"));
        Assert.Equal([0], Enter(limiter, 1, "x"));
        limiter.Leave(Room, Name("x"), 1);
        Assert.Equal([0], Enter(limiter, 1, "a"));
    }

    [Fact]
    public void Whose_operation_is_held_can_be_told_to_those_who_wait()
    {
        _nodes.Objects.Add(Recorded("x", OperationPhase.Running));
        _nodes.Objects.Add(Recorded("y", OperationPhase.Running));
        _nodes.Objects[0].Spec.ManagementPolicy = ManagementPolicy.Paused;
        var limiter = Make();
        Assert.Equal([1], Enter(limiter, 2, "a"));
        Assert.Equal(["x"], limiter.Held(Room).Select(node => node.Metadata.Name));
    }

    [Fact]
    public void A_look_at_an_older_node_does_not_give_the_place_of_a_recorded_operation_away()
    {
        var limiter = Make();
        Enter(limiter, 1, "a", "b");
        limiter.Record(Room, Name("a"), new("100"));
        limiter.LeaveIfOver(Room, Name("a"), 1, "99");
        Assert.Equal([1], Enter(limiter, 1, "b"));
        limiter.LeaveIfOver(Room, Name("a"), 1, "101");
        Assert.Equal([0], Enter(limiter, 1, "b"));
    }

    /// <summary>The next operation is recorded, and a watch that is late shows the one before, which is taken for over: another record is asked for on that old Node, in vain.</summary>
    [Fact]
    public void A_record_that_is_asked_for_on_an_older_node_does_not_take_the_place_of_a_newer_one()
    {
        var limiter = Make();
        Enter(limiter, 1, "a", "b");
        limiter.Record(Room, Name("a"), new("100"));
        limiter.Record(Room, Name("a"), new("97", AskedAt: 1));
        limiter.LeaveIfOver(Room, Name("a"), 1, "98");
        Assert.Equal([1], Enter(limiter, 1, "b"));
        limiter.LeaveIfOver(Room, Name("a"), 1, "101");
        Assert.Equal([0], Enter(limiter, 1, "b"));
    }

    [Fact]
    public void A_place_whose_record_got_no_answer_is_kept_until_a_newer_node_tells_however_long_that_takes()
    {
        var time = new FakeTimeProvider();
        var limiter = Make();
        Enter(limiter, 1, "a", "b");
        limiter.Record(Room, Name("a"), new("100", time.GetTimestamp()));
        time.Advance(TimeSpan.FromHours(1));
        limiter.LeaveIfOver(Room, Name("a"), 1, "100");
        Assert.Equal([1], Enter(limiter, 1, "b"));
        limiter.LeaveIfOver(Room, Name("a"), 1, "101");
        Assert.Equal([0], Enter(limiter, 1, "b"));
    }

    [Fact]
    public void Once_no_answer_can_come_any_more_a_node_that_is_not_newer_leaves_it_in_doubt_whether_the_operation_was_recorded()
    {
        var time = new FakeTimeProvider();
        var limiter = Make();
        Enter(limiter, 1, "a");
        limiter.Record(Room, Name("a"), new("100", time.GetTimestamp()));
        Assert.False(limiter.IsInDoubt(Room, Name("a"), "100", time));
        time.Advance(RecordedVersion.Patience);
        Assert.True(limiter.IsInDoubt(Room, Name("a"), "100", time));
        Assert.False(limiter.IsInDoubt(Room, Name("a"), "101", time));
        Assert.False(limiter.IsInDoubt(Room, Name("b"), "100", time));
        limiter.Record(Room, Name("a"), new("101"));
        Assert.False(limiter.IsInDoubt(Room, Name("a"), "100", time));
    }

    [Fact]
    public void An_operation_that_shows_up_later_waits_behind_those_that_were_there()
    {
        var limiter = Make();
        Enter(limiter, 1, "a", "b");
        Assert.Equal([0, 2], [limiter.TryContinue(Room, Name("a"), "op-a", 1), limiter.TryContinue(Room, Name("late"), "op-late", 1)]);
        limiter.Leave(Room, Name("a"), 1);
        Assert.Equal([0], Enter(limiter, 1, "b"));
        limiter.Leave(Room, Name("b"), 1);
        Assert.Equal(0, limiter.TryContinue(Room, Name("late"), "op-late", 1));
    }

    /// <summary>Its place is given back when it is over at the machine, and the record of that may be lost: then it is called once more, only to hear that it is over.</summary>
    [Fact]
    public void An_operation_that_had_its_place_goes_on_without_one()
    {
        var limiter = Make();
        Enter(limiter, 1, "a");
        Assert.Equal(0, limiter.TryContinue(Room, Name("a"), "op-a", 1));
        limiter.Leave(Room, Name("a"), 1);
        Enter(limiter, 1, "b");
        Assert.Equal([0, 1], [limiter.TryContinue(Room, Name("a"), "op-a", 1), limiter.TryContinue(Room, Name("a"), "op-a2", 1)]);
    }

    /// <summary>One more than the limit is recorded. That some have come to a step is certain; of the others, those that are known to wait wait longest.</summary>
    [Fact]
    public void Of_more_operations_than_the_limit_that_are_found_those_that_may_not_have_begun_wait_and_keep_their_places()
    {
        _nodes.Objects.AddRange([Recorded("waits", OperationPhase.Running), Recorded("new", OperationPhase.Running), Recorded("works", OperationPhase.Running)]);
        _nodes.Objects[0].Status!.Queue = new();
        _nodes.Objects[2].Status!.Operation!.Step = "CreateDisk";
        var limiter = Make();
        Assert.Equal([2], Enter(limiter, 2, "a"));
        Assert.Equal([1, 0, 0], [.. new[] { "waits", "new", "works" }.Select(name => limiter.TryContinue(Room, Name(name), "op", 2))]);
        limiter.Leave(Room, Name("works"), 2);
        Assert.Equal(["waits"], _queue.Asked);
    }

    [Fact]
    public void A_lowered_limit_stops_no_operation_that_has_come_to_a_step()
    {
        _nodes.Objects.AddRange([Recorded("x", OperationPhase.Running), Recorded("y", OperationPhase.Running)]);
        _nodes.Objects.ForEach(node => node.Status!.Operation!.Step = "CreateDisk");
        var limiter = Make();
        Assert.Equal([0, 0], [limiter.TryContinue(Room, Name("x"), "op", 1), limiter.TryContinue(Room, Name("y"), "op", 1)]);
    }

    [Fact]
    public void An_operation_that_waits_and_is_held_is_told_to_those_behind_it()
    {
        var late = Recorded("late", OperationPhase.Running);
        late.Spec.ManagementPolicy = ManagementPolicy.Paused;
        var limiter = Make();
        Enter(limiter, 1, "a");
        _nodes.Objects.Add(late);
        limiter.TryContinue(Room, Name("late"), "op", 1);
        Assert.Equal(["late"], limiter.Held(Room).Select(node => node.Metadata.Name));
    }

    [Fact]
    public void A_node_that_is_gone_leaves_its_place_to_the_next()
    {
        var limiter = Make();
        Enter(limiter, 1, "a", "b", "c");
        limiter.Forget(Name("b"));
        limiter.Forget(Name("a"));
        Assert.Equal(["c"], _queue.Asked.TakeLast(1));
        Assert.Equal([0], Enter(limiter, 1, "c"));
    }

    [Fact]
    public void A_node_that_goes_to_another_provisioner_leaves_its_place_at_the_former()
    {
        var limiter = Make();
        Enter(limiter, 1, "a", "b", "c");
        Assert.Equal(0, limiter.TryEnter(Other, Name("b"), 1));
        limiter.Leave(Room, Name("a"), 1);
        Assert.Equal([0], Enter(limiter, 1, "c"));
    }

    [Fact]
    public void Limits_of_provisioners_are_their_own()
    {
        var limiter = Make();
        Enter(limiter, 1, "a", "b");
        Assert.Equal(0, limiter.TryEnter(Other, Name("c"), 1));
    }

    /// <summary>Whatever comes in whatever order: never more than the limit, nobody overtaken, and whoever can enter is told.</summary>
    [Property(MaxTest = 300)]
    public Property The_limit_holds_and_nobody_is_forgotten()
    {
        var steps = Gen.Choose(0, 9).Zip(Gen.Choose(0, 4)).ListOf().ToArbitrary();
        return Prop.ForAll(steps, Gen.Choose(1, 3).ToArbitrary(), (moves, limit) =>
        {
            var queue = new MemoryQueue<Node>();
            var limiter = new OperationLimiter(new MemoryCache<Node>(), queue);
            var (running, waiting) = (new HashSet<string>(), new List<string>());
            foreach (var (node, move) in moves)
            {
                var name = $"n{node}";
                queue.Asked.Clear();
                if (move < 3)
                {
                    var index = waiting.Contains(name) ? waiting.IndexOf(name) : waiting.Count;
                    var mayRun = running.Contains(name) || running.Count + index < limit;
                    var place = limiter.TryEnter(Room, Name(name), limit);
                    if (place != (mayRun ? 0 : running.Count + index - limit + 1))
                        return false.Label($"{name} got place {place}");
                    if (place == 0)
                    {
                        running.Add(name);
                        waiting.Remove(name);
                    }
                    else if (!waiting.Contains(name))
                    {
                        waiting.Add(name);
                    }
                }
                else
                {
                    var held = running.Remove(name) | waiting.Remove(name);
                    if (move == 3)
                        limiter.Leave(Room, Name(name), limit);
                    else
                        limiter.Forget(Name(name));
                    if (held && !waiting.Take(limit - running.Count).All(queue.Asked.Contains))
                        return false.Label("one who could enter was not told");
                }

                if (running.Count > limit)
                    return false.Label("more than the limit");
            }

            return true.ToProperty();
        });
    }

    [Fact]
    public void An_operation_that_is_found_counts_where_it_runs_and_not_where_its_node_has_gone()
    {
        var moved = Recorded("n1", OperationPhase.Running);
        moved.Status = moved.Status! with { Provisioner = "former" };
        _nodes.Objects.Add(moved);
        Assert.Equal([0, 1], Enter(Make(), 1, "n2", "n3"));
        Assert.Equal(1, Make().TryEnter(new("lab", "former"), Name("n4"), 1));
    }

    private OperationLimiter Make() => new(_nodes, _queue);

    private static IEnumerable<int> Enter(OperationLimiter limiter, int limit, params string[] names) => [.. names.Select(name => limiter.TryEnter(Room, Name(name), limit))];

    private static NamespacedName Name(string name) => new("lab", name);

    private static Node Recorded(string name, OperationPhase phase)
    {
        var node = Samples.Node(name);
        node.Status = new() { Operation = new() { Id = "op", Phase = phase } };
        return node;
    }
}
