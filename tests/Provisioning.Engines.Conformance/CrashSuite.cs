using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Conformance;

/// <summary>The operator is killed, or its call is cancelled, at any step: what the world sees is the same as if nothing had happened.</summary>
/// <param name="harness">The world.</param>
public abstract class CrashSuite(IEngineHarness harness) : ConformanceSuite(harness)
{
    private const int MostCalls = 300;

    /// <summary>How a call is disturbed.</summary>
    public enum Disturbance
    {
        /// <summary>The call took its effect, and the operator died before it recorded the outcome. A new one goes on from the last record.</summary>
        Killed,

        /// <summary>The call was cancelled before it began.</summary>
        Cancelled,

        /// <summary>The call was cancelled while it waited for an answer.</summary>
        CancelledInside,

        /// <summary>The call took its effect, and the answer of the endpoint was lost.</summary>
        ReplyLost,
    }

    /// <summary>Every verb with every disturbance.</summary>
    public static TheoryData<OperationKind, Disturbance> Disturbances
    {
        get
        {
            var data = new TheoryData<OperationKind, Disturbance>();
            foreach (var kind in Enum.GetValues<OperationKind>())
            {
                foreach (var disturbance in Enum.GetValues<Disturbance>())
                    data.Add(kind, disturbance);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Disturbances))]
    public async Task Disturbed_at_every_step_a_verb_does_everything_once(OperationKind kind, Disturbance disturbance)
    {
        if (!await CanAsync(kind, disturbance))
            return;

        var seen = new HashSet<string>();
        var (calm, _) = await RunAsync(kind, "calm", disturbance, (_, _) => false);
        // Once for each step: who is killed for ever at the same one does not come to an end, and need not.
        var (disturbed, _) = await RunAsync(kind, "disturbed", disturbance, (_, step) => seen.Add(step ?? ""));

        Assert.NotEmpty(seen);
        Assert.Equal(calm, disturbed);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Killed_at_any_one_call_a_verb_goes_on_and_does_everything_once(OperationKind kind)
    {
        if (!await CanAsync(kind, Disturbance.Killed))
            return;

        var (calm, calls) = await RunAsync(kind, "calm", Disturbance.Killed, (_, _) => false);
        var spots = Traits.IsCostly ? [1, calls / 2] : Enumerable.Range(0, calls);
        foreach (var spot in spots.Distinct())
        {
            var (killed, _) = await RunAsync(kind, $"killed-{spot}", Disturbance.Killed, (call, _) => call == spot);
            Assert.True(calm.SequenceEqual(killed), $"Killed after call {spot} of {calls}, {kind} did {string.Join(", ", killed)} instead of {string.Join(", ", calm)}.");
        }
    }

    [Fact]
    public async Task A_cancelled_look_ends_at_once_and_leaves_nothing()
    {
        Shows(Routine.Cancellation);
        var (engine, driver) = (NewEngine(), await ReadyAsync("machine"));
        var before = await Harness.LookAsync(driver.Node);
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.ObserveAsync(driver.Node, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.ProbeAsync(cancelled));

        Same(before, await Harness.LookAsync(driver.Node));
        Assert.False((await engine.ObserveAsync(driver.Node, Cancel)).Exists.IsNo);
    }

    private async Task<bool> CanAsync(OperationKind kind, Disturbance disturbance)
    {
        var routine = disturbance is Disturbance.Killed or Disturbance.ReplyLost ? Routine.Crashes : Routine.Cancellation;
        if (!Has(kind))
        {
            await AssertNotSupportedAsync(kind, Routine.Of(kind));
            return false;
        }

        switch (disturbance)
        {
            case Disturbance.CancelledInside:
                return Can(WorldFault.Silent, routine);
            case Disturbance.ReplyLost:
                return Can(WorldFault.LostReply, routine);
            default:
                Shows(routine);
                return true;
        }
    }

    /// <summary>Runs the verb on a machine of its own, and disturbs some calls.</summary>
    /// <returns>The effects of the verb, and how many calls it took.</returns>
    private async Task<(IReadOnlyList<string> Effects, int Calls)> RunAsync(OperationKind kind, string name, Disturbance disturbance, Func<int, string?, bool> isDisturbed)
    {
        var driver = await BeginningAsync(name, kind == OperationKind.PowerOn ? Beginning.Off : Beginning.On) ?? await DriverAsync(name);
        var (before, engine, operation) = (await Harness.LookAsync(driver.Node), NewEngine(), await BeginAsync(driver, kind, Other));
        var recorded = Copy(operation);
        for (var call = 0; call < MostCalls; call++)
        {
            if (isDisturbed(call, operation.Operation.Step))
            {
                await DisturbAsync(engine, operation, disturbance);
                engine = NewEngine();
                if (disturbance == Disturbance.Killed)
                    operation = Copy(recorded) with { Node = driver.Node };
            }

            var outcome = await engine.CallAsync(operation, Cancel);
            operation = await driver.RecordAsync(operation, outcome);
            if (outcome.Phase != OperationPhase.Running)
            {
                Assert.True(outcome.Phase == OperationPhase.Succeeded, $"{kind} failed after {call + 1} calls: {outcome.Reason} {outcome.Message}");
                await Endings.AssertEndedAsync(Harness, engine, driver, operation, outcome, before);
                return ([.. (await EffectsAsync(driver)).Skip(before.Effects.Count)], call + 1);
            }

            // Only what asks for it, and what waits, is written; the rest dies with the operator.
            if (outcome.Record || outcome.PollAfter > TimeSpan.Zero)
                recorded = Copy(operation);
            await driver.PassAsync(outcome.PollAfter);
        }

        Assert.Fail($"{kind} does not end within {MostCalls} calls when it is disturbed; it is in the step {operation.Operation.Step}: {operation.Operation.Message}");
        return default;
    }

    private async Task DisturbAsync(IProvisioningEngine engine, OperationContext operation, Disturbance disturbance)
    {
        var copy = Copy(operation);
        switch (disturbance)
        {
            case Disturbance.Killed:
                await engine.CallAsync(copy, Cancel);
                break;
            case Disturbance.Cancelled:
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.CallAsync(copy, new CancellationToken(canceled: true)));
                break;
            case Disturbance.CancelledInside:
                await using (await Harness.InjectAsync(WorldFault.Silent))
                    await Calls.CancelledInsideAsync(token => engine.CallAsync(copy, token));
                break;
            case Disturbance.ReplyLost:
                await using (await Harness.InjectAsync(WorldFault.LostReply))
                    await Calls.PatientlyAsync(() => engine.CallAsync(copy, Cancel));
                break;
        }
    }

    private static OperationContext Copy(OperationContext operation) => operation with
    {
        Operation = operation.Operation with { Values = [.. operation.Operation.Values.Select(value => new OperationValue { Name = value.Name, Value = value.Value })] },
    };
}
