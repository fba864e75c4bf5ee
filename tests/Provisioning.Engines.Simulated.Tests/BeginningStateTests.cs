using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated.Tests;

/// <summary>Every verb from every state in which it can find a machine.</summary>
public sealed class BeginningStateTests
{
    public enum Beginning
    {
        Missing,
        EmptyDisk,
        HalfLoaded,
        Off,
        On,
        Foreign,
        Garbled,
    }

    public static TheoryData<OperationKind, Beginning, bool> All()
    {
        var data = new TheoryData<OperationKind, Beginning, bool>();
        foreach (var kind in Enum.GetValues<OperationKind>())
        {
            foreach (var beginning in Enum.GetValues<Beginning>())
            {
                data.Add(kind, beginning, true);
                data.Add(kind, beginning, false);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Every_verb_ends_as_it_should_from_every_beginning(OperationKind kind, Beginning beginning, bool timed)
    {
        var bench = new Bench(timed ? Bench.Timed() : Bench.Instant());
        var node = await BeginAsync(bench, beginning);
        var before = bench.Machine();
        var operation = bench.Operation(node, kind, kind == OperationKind.Load ? Bench.ImageOf("wanted") : null);

        var outcome = await bench.RunAsync(operation);

        Assert.Equal(ExpectedFailure(kind, beginning), outcome.Reason);
        if (outcome.Phase == OperationPhase.Failed)
            AssertUntouched(bench, before, outcome);
        else
            AssertDone(kind, bench);
    }

    private static async Task<NodeTarget> BeginAsync(Bench bench, Beginning beginning)
    {
        var node = bench.Node("m");
        switch (beginning)
        {
            case Beginning.Missing:
                return node;
            case Beginning.EmptyDisk:
                var blank = node with { Spec = new() { OperatingSystem = node.Spec.OperatingSystem } };
                await bench.NewEngine().ObserveAsync(blank, TestContext.Current.CancellationToken);
                return blank;
            case Beginning.HalfLoaded:
                bench.Room.Inject(Bench.Namespace, "m", SimulatedFaultKind.HalfDone);
                await bench.RunAsync(bench.Operation(node, OperationKind.Load));
                return node;
            default:
                await bench.LoadedAsync();
                ActOutside(bench, beginning);
                return node;
        }
    }

    private static void ActOutside(Bench bench, Beginning beginning)
    {
        if (beginning == Beginning.Off)
            bench.Room.PowerOff(Bench.Namespace, "m");
        if (beginning == Beginning.Foreign)
            bench.Room.SetImage(Bench.Namespace, "m", Bench.ImageOf("foreign").Digest, "foreign", "foreign@9");
        if (beginning == Beginning.Garbled)
            bench.Room.CorruptCurrentImage(Bench.Namespace, "m");
    }

    private static string? ExpectedFailure(OperationKind kind, Beginning beginning) => (kind, beginning) switch
    {
        (OperationKind.PostLoad or OperationKind.Capture, Beginning.Missing or Beginning.EmptyDisk) => Reasons.MachineMissing,
        (OperationKind.PowerOn or OperationKind.PowerReset, Beginning.Missing) => Reasons.MachineMissing,
        (OperationKind.PostLoad, Beginning.HalfLoaded or Beginning.Off) => Reasons.PoweredOff,
        (OperationKind.Capture, Beginning.HalfLoaded) => Reasons.LoadIncomplete,
        _ => null,
    };

    private static void AssertUntouched(Bench bench, Machines.SimulatedMachine before, OperationOutcome outcome)
    {
        var after = bench.Machine();
        Assert.Equal(before with { Fence = after.Fence, FenceUid = after.FenceUid }, after);
        Assert.NotEmpty(outcome.Message);
    }

    private static void AssertDone(OperationKind kind, Bench bench)
    {
        var machine = bench.Machine();
        switch (kind)
        {
            case OperationKind.Load:
                Assert.Equal((PowerValue.On, Bench.ImageOf("wanted").Digest, false), (machine.Power, machine.Disk!.Digest, machine.Disk.HalfDone));
                Assert.Equal(("wanted@1", true), (machine.CurrentImage!.RevisionId, machine.CurrentImage.Configured));
                Assert.Equal(machine.Disk.OperationId, machine.CurrentImage.OperationId);
                break;
            case OperationKind.PostLoad:
                Assert.True(machine.CurrentImage!.Configured);
                break;
            case OperationKind.Capture:
                Assert.Equal(PowerValue.Off, machine.Power);
                Assert.Equal(["golden-7.qcow2"], bench.Room.ImageFiles(Bench.Namespace).Keys);
                Assert.Empty(bench.Room.PartialImageFiles(Bench.Namespace));
                break;
            case OperationKind.PowerOn or OperationKind.PowerReset:
                Assert.Equal(PowerValue.On, machine.Power);
                break;
            case OperationKind.PowerOff:
                Assert.Equal(PowerValue.Off, machine.Power);
                break;
            case OperationKind.Unload:
                Assert.Equal((false, null, null), (machine.Exists, machine.Disk, machine.CurrentImage));
                break;
        }
    }
}
