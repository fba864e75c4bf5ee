using FsCheck.Xunit;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated.Faults;

namespace Provisioning.Engines.Simulated.Tests;

public sealed class DeterminismTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Property(MaxTest = 60)]
    public bool The_same_seed_and_the_same_calls_give_the_same_world(int seed, byte[] script) =>
        Play(seed, script).SequenceEqual(Play(seed, script));

    [Property(MaxTest = 60)]
    public bool No_effect_happens_twice_whatever_faults_fall(int seed, byte[] script)
    {
        var bench = new Bench(Faulty(seed));
        PlayOn(bench, script);
        var keys = bench.Room.Effects.Select(effect => effect with { Time = default }).ToList();
        return keys.Distinct().Count() == keys.Count;
    }

    [Fact]
    public async Task Faults_do_not_depend_on_how_machines_take_turns()
    {
        var spec = Faulty(7);
        var (forward, backward) = (new Bench(spec), new Bench(spec));
        var names = Enumerable.Range(0, 40).Select(i => $"m{i}").ToList();
        foreach (var name in names)
            await LoadThroughFaultsAsync(forward, name);
        foreach (var name in names.AsEnumerable().Reverse())
            await LoadThroughFaultsAsync(backward, name);

        Assert.Equal(Steps(forward), Steps(backward));
        Assert.Contains(forward.Room.Machines, machine => machine.Disk is { HalfDone: true });
        Assert.Contains(forward.Room.Machines, machine => machine.Disk is { HalfDone: false });
    }

    [Fact]
    public void Dice_fall_as_often_as_the_percentage_says_and_differ_with_the_seed()
    {
        var falls = new bool[2, 2000];
        for (var seed = 0; seed < 2; seed++)
        {
            var spec = new SimulatedSpec { Seed = seed, Faults = [new() { Kind = SimulatedFaultKind.Stuck, Percent = 30 }] };
            for (var i = 0; i < 2000; i++)
                falls[seed, i] = FaultDice.Falls(spec, SimulatedFaultKind.Stuck, new("lab/m", $"op-{i}", "Start", 0));
        }

        Assert.InRange(Enumerable.Range(0, 2000).Count(i => falls[0, i]), 500, 700);
        Assert.Contains(Enumerable.Range(0, 2000), i => falls[0, i] != falls[1, i]);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(100, true)]
    public void Never_and_always_are_certain(int percent, bool falls)
    {
        var spec = new SimulatedSpec { Faults = [new() { Kind = SimulatedFaultKind.Stuck, Percent = percent }] };
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(falls, FaultDice.Falls(spec, SimulatedFaultKind.Stuck, new("lab/m", "op", "Start", i))));
        Assert.False(FaultDice.Falls(spec, SimulatedFaultKind.LostReply, new("lab/m", "op", "Start", 0)));
    }

    [Fact]
    public async Task Boot_ids_follow_the_seed_of_the_room()
    {
        var (one, same, other) = (new Bench(seed: 1), new Bench(seed: 1), new Bench(seed: 2));
        foreach (var bench in new[] { one, same, other })
            await bench.LoadedAsync();

        Assert.Equal(one.Machine().BootId, same.Machine().BootId);
        Assert.NotEqual(one.Machine().BootId, other.Machine().BootId);
    }

    private static SimulatedSpec Faulty(int seed)
    {
        var spec = Bench.Timed([.. Enum.GetValues<SimulatedFaultKind>().Select(kind => new SimulatedFault { Kind = kind, Percent = 15 })]);
        spec.Seed = seed;
        return spec;
    }

    private static async Task LoadThroughFaultsAsync(Bench bench, string name)
    {
        var operation = bench.Operation(bench.Node(name), OperationKind.Load);
        for (var call = 0; call < 60; call++)
        {
            try
            {
                if ((await bench.CallAsync(operation)).Phase != OperationPhase.Running)
                    return;
            }
            catch (SimulatedConnectionException)
            {
                // The next call finds out what became of it.
            }

            bench.Clock.Advance(TimeSpan.FromSeconds(10));
        }
    }

    private static List<string> Steps(Bench bench) =>
        [.. bench.Room.Effects.GroupBy(effect => effect.Machine).Select(group => $"{group.Key}: {string.Join(' ', group.Select(effect => effect.Step))}").Order(StringComparer.Ordinal)];

    private static List<object> Play(int seed, byte[] script)
    {
        var bench = new Bench(Faulty(seed), seed);
        var answers = PlayOn(bench, script);
        return [.. answers, .. bench.Room.Effects.Cast<object>(), .. bench.Room.Machines];
    }

    private static string Describe(OperationOutcome outcome) =>
        $"{outcome.Phase} {outcome.Step} {outcome.Reason} {outcome.PollAfter} {outcome.ProgressPercent}";

    /// <summary>Each byte is a call: a new operation, a call for the last one, a look, or time that passes, on one of four machines.</summary>
    private static List<string> PlayOn(Bench bench, byte[] script)
    {
        var answers = new List<string>();
        var last = new Dictionary<string, OperationContext>();
        foreach (var code in script)
        {
            var (name, action) = ($"m{code % 4}", code / 4 % 16);
            try
            {
                if (action < 7)
                    last[name] = bench.Operation(bench.Node(name), (OperationKind)action);
                if (action < 12 && last.TryGetValue(name, out var operation))
                    answers.Add(Describe(bench.CallAsync(operation).GetAwaiter().GetResult()));
                else if (action < 14)
                    answers.Add(bench.NewEngine().ObserveAsync(bench.Node(name), Cancel).GetAwaiter().GetResult().ToString());
                else
                    bench.Clock.Advance(TimeSpan.FromSeconds(code));
            }
            catch (SimulatedConnectionException lost)
            {
                answers.Add(lost.Message);
            }
        }

        return answers;
    }
}
