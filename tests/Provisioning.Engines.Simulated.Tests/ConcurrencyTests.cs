using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;

namespace Provisioning.Engines.Simulated.Tests;

public sealed class ConcurrencyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_machines_are_driven_at_a_time_by_one_engine()
    {
        var bench = new Bench();
        var engine = bench.NewEngine();
        var operations = Enumerable.Range(0, 1000).Select(i => bench.Operation(bench.Node($"m{i}"), OperationKind.Load)).ToList();

        await Parallel.ForEachAsync(operations, Cancel, async (operation, cancellationToken) =>
        {
            await bench.RunAsync(operation, engine);
            await engine.ObserveAsync(operation.Node, cancellationToken);
        });

        Assert.Equal(1000, bench.Room.Machines.Count(machine => machine is { Power: PowerValue.On, CurrentImage.Configured: true }));
        Assert.Equal(1000, bench.Room.Machines.Select(machine => machine.BootId).Distinct().Count());
        Assert.Equal(4000, bench.Room.Effects.Count);
        Assert.Equal(4000, bench.Room.Effects.Select(effect => (effect.OperationId, effect.Step)).Distinct().Count());
    }

    [Fact]
    public async Task Many_callers_of_one_operation_reset_the_machine_once()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        var operation = bench.Operation(node, OperationKind.PowerReset);

        await Parallel.ForEachAsync(Enumerable.Range(0, 64), Cancel, async (_, _) => await bench.RunAsync(operation));

        Assert.Equal(2, bench.Machine().Boots);
        Assert.Equal(["Reset"], bench.EffectsOf(operation));
    }

    [Fact]
    public async Task The_log_of_effects_is_bounded_and_says_what_it_dropped()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var bench = new Bench();
        var room = new Machines.SimulatedMachineRoom(clock, effectLogCapacity: 3);
        var engine = new SimulatedEngineFactory(room, clock).Create(new() { Namespace = Bench.Namespace, Name = "simulated", Spec = new() { Simulated = Bench.Instant() } });

        await bench.RunAsync(bench.Operation(bench.Node("m"), OperationKind.Load), engine);

        Assert.Equal((3, 1), (room.Effects.Count, room.EffectsDropped));
        Assert.Equal("PostLoad", room.Effects[^1].Step);
    }
}
