using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Simulated.Tests;

public sealed class TimingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(OperationKind.Load)]
    [InlineData(OperationKind.Capture)]
    [InlineData(OperationKind.PowerReset)]
    [InlineData(OperationKind.Unload)]
    public async Task Without_durations_a_verb_never_waits_and_asks_for_no_record_but_that_of_a_reset(OperationKind kind)
    {
        var bench = new Bench();
        var operation = bench.Operation(await bench.LoadedAsync(), kind);
        for (var call = 0; call < 20; call++)
        {
            var outcome = await bench.CallAsync(operation);
            Assert.Equal(TimeSpan.Zero, outcome.PollAfter);
            Assert.Equal(kind == OperationKind.PowerReset && call == 0, outcome.Record);
            if (outcome.Phase == OperationPhase.Succeeded)
                return;
        }

        Assert.Fail($"{kind} did not end.");
    }

    [Theory]
    [InlineData(OperationKind.Load, 100)]
    [InlineData(OperationKind.Capture, 100)]
    [InlineData(OperationKind.PowerReset, 10)]
    [InlineData(OperationKind.PowerOff, 10)]
    [InlineData(OperationKind.Unload, 10)]
    public async Task A_verb_takes_as_long_as_the_spec_says(OperationKind kind, int seconds)
    {
        var bench = new Bench(Bench.Timed());
        var operation = bench.Operation(await bench.LoadedAsync(), kind);

        await bench.RunAsync(operation);

        Assert.Equal(seconds, (bench.Clock.GetUtcNow() - operation.Operation.StartedTime).TotalSeconds, 3);
    }

    [Fact]
    public async Task Progress_rises_and_polls_are_bounded()
    {
        var bench = new Bench(Bench.Timed());
        var operation = bench.Operation(bench.Node("m"), OperationKind.Load);
        var percents = new List<int>();
        for (var outcome = await bench.CallAsync(operation); outcome.Phase == OperationPhase.Running; outcome = await bench.CallAsync(operation))
        {
            Assert.InRange(outcome.PollAfter, TimeSpan.Zero, TimeSpan.FromSeconds(10));
            Assert.True(outcome.MadeProgress);
            percents.Add(outcome.ProgressPercent!.Value);
            bench.Clock.Advance(outcome.PollAfter);
        }

        Assert.Equal(percents.Order(), percents);
        Assert.InRange(percents.Distinct().Count(), 10, 40);
        Assert.InRange(percents[^1], 80, 99);
    }

    [Fact]
    public async Task A_timed_load_is_recorded_with_the_boot_that_ends_before_the_disk_is_switched()
    {
        var bench = new Bench(Bench.Timed());
        var node = await bench.LoadedAsync();
        var bootId = bench.Machine().BootId;
        var operation = bench.Operation(node, OperationKind.Load);
        var recorded = new List<OperationOutcome>();
        for (var outcome = await bench.CallAsync(operation); outcome.Phase == OperationPhase.Running; outcome = await bench.CallAsync(operation))
        {
            if (outcome.Record)
                recorded.Add(outcome);
            bench.Clock.Advance(outcome.PollAfter);
        }

        var stop = Assert.Single(recorded);
        Assert.Equal(("SwitchDisk", bootId), (stop.Step, stop.Values["bootIdBefore"]));
    }

    [Fact]
    public async Task A_timed_disk_is_not_switched_while_the_operator_has_not_recorded_it()
    {
        var bench = new Bench(Bench.Timed());
        var operation = bench.Operation(bench.Node("m"), OperationKind.Load);
        for (var call = 0; call < 100; call++)
        {
            await bench.NewEngine().LoadAsync(operation, Cancel);
            bench.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(["CreateDisk"], bench.EffectsOf(operation));
    }

    [Fact]
    public async Task While_it_boots_a_machine_is_on_but_does_not_answer()
    {
        var bench = new Bench(Bench.Timed());
        var operation = bench.Operation(bench.Node("m"), OperationKind.Load);
        for (var call = 0; call < 200 && bench.Machine().Power == PowerValue.Off; call++)
            bench.Clock.Advance((await bench.CallAsync(operation)).PollAfter);

        var booting = await bench.NewEngine().ObserveAsync(operation.Node, Cancel);
        bench.Clock.Advance(TimeSpan.FromMinutes(5));
        var booted = await bench.NewEngine().ObserveAsync(operation.Node, Cancel);

        Assert.Equal((PowerValue.On, FactValue.Unknown), (booting.Power.Value, booting.Ssh.Value));
        Assert.Equal((true, true), (booted.Ssh.IsYes, booted.Configured.IsNo));
    }
}
