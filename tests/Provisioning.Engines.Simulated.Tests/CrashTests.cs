using Provisioning.Api.Nodes;

namespace Provisioning.Engines.Simulated.Tests;

public sealed class CrashTests
{
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
}
