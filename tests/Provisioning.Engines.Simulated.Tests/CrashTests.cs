using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated.Tests.Conformance;

namespace Provisioning.Engines.Simulated.Tests;

/// <summary>The operator dies before or after any step: what the world sees is the same as if it had not.</summary>
public sealed class CrashTests
{
    private const int MostCalls = 60;

    public static TheoryData<OperationKind, bool> Verbs()
    {
        var data = new TheoryData<OperationKind, bool>();
        foreach (var kind in Enum.GetValues<OperationKind>())
        {
            data.Add(kind, true);
            data.Add(kind, false);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_new_engine_goes_on_from_any_step_and_repeats_no_effect(OperationKind kind, bool timed)
    {
        var (reference, calls) = await RunWithCrashAsync(kind, timed, crashAfter: MostCalls);
        Assert.NotEmpty(reference);
        for (var crashAfter = 1; crashAfter < calls; crashAfter++)
        {
            var (effects, _) = await RunWithCrashAsync(kind, timed, crashAfter);
            Assert.Equal(reference, effects);
        }
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Every_reply_lost_after_its_effect_repeats_no_effect(OperationKind kind, bool timed)
    {
        var (reference, _) = await RunWithCrashAsync(kind, timed, crashAfter: MostCalls);
        var (bench, operation) = await PrepareAsync(kind, timed);
        bench.Room.Inject(Bench.Namespace, "m", SimulatedFaultKind.LostReply, times: MostCalls);
        var lost = 0;

        var outcome = await RunThroughLossAsync(bench, operation, () => lost++);

        Assert.Equal(OperationPhase.Succeeded, outcome.Phase);
        Assert.Equal(reference, bench.EffectsOf(operation));
        Assert.Equal(reference.Count, lost);
    }

    [Fact]
    public async Task Started_work_goes_on_while_no_operator_looks()
    {
        var bench = new Bench(Bench.Timed());
        var node = await bench.LoadedAsync();
        var operation = bench.Operation(node, OperationKind.PowerOff);
        await bench.CallAsync(operation);

        bench.Clock.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(Provisioning.Api.Machines.PowerValue.Off, bench.Machine().Power);
        Assert.Equal(operation.Operation.StartedTime.AddSeconds(10), bench.Room.Effects[^1].Time);
        Assert.Equal(OperationPhase.Succeeded, (await bench.CallAsync(operation)).Phase);
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        var bench = new Bench();
        var operation = bench.Operation(bench.Node("m"), OperationKind.Load);
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.NewEngine().LoadAsync(operation, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.NewEngine().ObserveAsync(operation.Node, cancelled));

        Assert.Empty(bench.Room.Effects);
        Assert.Equal(0, bench.Machine().Fence);
    }

    /// <summary>Kills the operator after so many calls; its successor knows only what was recorded before the first.</summary>
    private static async Task<(IReadOnlyList<string> Effects, int Calls)> RunWithCrashAsync(OperationKind kind, bool timed, int crashAfter)
    {
        var (bench, recorded) = await PrepareAsync(kind, timed);
        var (operation, engine, calls) = (recorded, bench.NewEngine(), 0);
        while (true)
        {
            var outcome = await engine.CallAsync(operation, TestContext.Current.CancellationToken);
            if (++calls == crashAfter)
                (engine, operation) = (bench.NewEngine(), recorded);
            else if (outcome.Phase != OperationPhase.Running)
                break;
            else
                (operation, recorded) = (operation.After(outcome), outcome.Record ? operation.After(outcome) : recorded);
            Assert.True(calls < 2 * MostCalls, $"{kind} does not end.");
            bench.Clock.Advance(outcome.PollAfter);
        }

        Assert.Equal(OperationPhase.Succeeded, (await engine.CallAsync(operation, TestContext.Current.CancellationToken)).Phase);
        return (bench.EffectsOf(recorded), calls);
    }

    private static async Task<OperationOutcome> RunThroughLossAsync(Bench bench, OperationContext operation, Action onLoss)
    {
        for (var call = 0; call < 2 * MostCalls; call++)
        {
            try
            {
                var outcome = await bench.CallAsync(operation);
                if (outcome.Phase != OperationPhase.Running)
                    return outcome;
                bench.Clock.Advance(outcome.PollAfter);
            }
            catch (SimulatedConnectionException)
            {
                onLoss();
            }
        }

        throw new InvalidOperationException("The operation did not end.");
    }

    private static async Task<(Bench Bench, OperationContext Operation)> PrepareAsync(OperationKind kind, bool timed)
    {
        var bench = new Bench(timed ? Bench.Timed() : Bench.Instant());
        var node = await bench.LoadedAsync();
        if (kind is OperationKind.PowerOn or OperationKind.Capture)
            bench.Room.PowerOff(Bench.Namespace, "m");
        return (bench, bench.Operation(node, kind));
    }
}
