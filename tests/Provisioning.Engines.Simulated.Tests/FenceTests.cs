using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Simulated.Tests;

public sealed class FenceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_newer_operation_takes_over_and_removes_what_the_older_left()
    {
        var bench = new Bench(Bench.Timed());
        var node = await bench.LoadedAsync();
        var old = bench.Operation(node, OperationKind.Load, Bench.ImageOf("other"));
        await RunUntilAsync(bench, old, () => bench.Machine().NewDisk is not null);

        await bench.CallAsync(bench.Operation(node, OperationKind.PowerOn));
        bench.Clock.Advance(TimeSpan.FromHours(1));
        var late = await bench.CallAsync(old);

        Assert.Equal((Reasons.Fenced, true), (late.Reason, late.MachineUntouched));
        Assert.Null(bench.Machine().NewDisk);
        Assert.Equal(Bench.ImageOf("base").Digest, bench.Machine().Disk!.Digest);
    }

    [Fact]
    public async Task Another_operation_with_the_same_number_is_fenced()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        var first = bench.Operation(node, OperationKind.PowerReset);
        var second = first with { Operation = new() { Id = "rival", Kind = OperationKind.PowerReset, Sequence = first.Operation.Sequence } };
        await bench.RunAsync(first);

        Assert.Equal(Reasons.Fenced, (await bench.RunAsync(second)).Reason);
        Assert.Equal(2, bench.Machine().Boots);
    }

    [Fact]
    public async Task An_older_operator_cannot_abandon_a_newer_operation()
    {
        var bench = new Bench(Bench.Timed());
        var node = await bench.LoadedAsync();
        var (old, current) = (bench.Operation(node, OperationKind.PowerOff), bench.Operation(node, OperationKind.PowerOff));
        await bench.CallAsync(current);

        Assert.Equal(Reasons.Fenced, (await bench.NewEngine().AbandonAsync(old, Cancel)).Reason);
        Assert.Equal(OperationPhase.Succeeded, (await bench.RunAsync(current)).Phase);
    }

    [Fact]
    public async Task A_node_created_again_counts_anew_and_its_predecessor_stays_out()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        await bench.RunAsync(bench.Operation(node, OperationKind.PowerOff));
        var heir = node with { Uid = "uid-heir" };
        var first = new OperationContext
        {
            Node = heir,
            Operation = new() { Id = "heir-1", Kind = OperationKind.PowerOn, Sequence = 1 },
            Timeouts = bench.Timeouts,
        };

        Assert.Equal(OperationPhase.Succeeded, (await bench.RunAsync(first)).Phase);
        Assert.Equal(Reasons.Fenced, (await bench.RunAsync(bench.Operation(node, OperationKind.PowerOff))).Reason);
        Assert.Equal(Provisioning.Api.Machines.PowerValue.On, bench.Machine().Power);
    }

    [Fact]
    public async Task Abandoning_a_load_stops_it_and_removes_its_disk()
    {
        var bench = new Bench(Bench.Timed());
        var node = await bench.LoadedAsync();
        var load = bench.Operation(node, OperationKind.Load, Bench.ImageOf("other"));
        await RunUntilAsync(bench, load, () => bench.Machine().NewDisk is not null);

        Assert.Equal(OperationPhase.Succeeded, (await bench.NewEngine().AbandonAsync(load, Cancel)).Phase);
        bench.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Null(bench.Machine().NewDisk);
        Assert.Equal(["CreateDisk"], bench.EffectsOf(load));
        Assert.Equal(Reasons.Superseded, (await bench.CallAsync(load)).Reason);
    }

    [Fact]
    public async Task Abandoning_a_capture_leaves_no_file_and_its_name_is_free()
    {
        var bench = new Bench(Bench.Timed());
        var node = await bench.LoadedAsync();
        var capture = bench.Operation(node, OperationKind.Capture);
        await RunUntilAsync(bench, capture, () => bench.Room.PartialImageFiles(Bench.Namespace).Count > 0);

        await bench.NewEngine().AbandonAsync(capture, Cancel);
        bench.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Empty(bench.Room.PartialImageFiles(Bench.Namespace));
        Assert.Empty(bench.Room.ImageFiles(Bench.Namespace));
        Assert.Equal(OperationPhase.Succeeded, (await bench.RunAsync(bench.Operation(node, OperationKind.Capture))).Phase);
    }

    [Fact]
    public async Task Abandoning_what_has_succeeded_changes_nothing()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        var off = bench.Operation(node, OperationKind.PowerOff);
        await bench.RunAsync(off);

        Assert.Equal(OperationPhase.Succeeded, (await bench.NewEngine().AbandonAsync(off, Cancel)).Phase);
        Assert.Equal(OperationPhase.Succeeded, (await bench.CallAsync(off)).Phase);
    }

    private static async Task RunUntilAsync(Bench bench, OperationContext operation, Func<bool> isReached)
    {
        for (var call = 0; call < 200 && !isReached(); call++)
        {
            var outcome = await bench.CallAsync(operation);
            bench.Clock.Advance(outcome.PollAfter);
        }

        Assert.True(isReached());
    }
}
