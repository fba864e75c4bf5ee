using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>The network between the operator and the VM host is cut, and slow.</summary>
/// <param name="bare">The machine.</param>
[Collection(FaultTests.Name)]
public sealed class NetworkTests(BareMachineFixture bare)
{
    private static readonly TimeSpan Cut = TimeSpan.FromSeconds(10);

    private readonly FaultReport _report = new();

    [Fact]
    public async Task A_capture_goes_on_through_a_cut_of_the_network()
    {
        var machine = await bare.ReadyAsync();
        var (host, mark) = (machine.Lab.Host, machine.Lab.Host.Commands.Mark());
        await using var network = new NetworkNamespace();
        await network.StartAsync();
        await using var way = new OtherWayIn(host, network);
        await way.StartAsync();
        await way.TakeAsync(machine);
        await host.CopySlowlyAsync();
        await machine.CaptureAsync("cut");
        await machine.UntilBegunAsync("convert", mark);

        _report.Injected(Fault.NetworkCut);
        await network.CutAsync();
        // The copy ends meanwhile, and nobody hears of it.
        await Task.Delay(Cut, TestContext.Current.CancellationToken);
        Assert.False(await way.IsReachableAsync());
        await network.MendAsync();

        await machine.UntilCapturedOnceAsync("cut", mark);
        await bare.ReadyAsync();
        _report.Survived();
    }

    [Fact]
    public async Task A_load_goes_on_over_a_slow_line()
    {
        var machine = await bare.ReadyAsync();
        var (host, mark) = (machine.Lab.Host, machine.Lab.Host.Commands.Mark());
        await using var network = new NetworkNamespace();
        await network.StartAsync();
        await using var way = new OtherWayIn(host, network);
        await way.StartAsync();
        await way.TakeAsync(machine);

        _report.Injected(Fault.NetworkDelayed);
        TestContext.Current.TestOutputHelper!.WriteLine(await network.SlowDownAsync());
        await machine.UntilLoadedOnceAsync(await machine.ReloadAsync(), mark);
        await bare.ReadyAsync();
        _report.Survived();
    }
}
