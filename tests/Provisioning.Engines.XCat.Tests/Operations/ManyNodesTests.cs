using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;

namespace Provisioning.Engines.XCat.Tests.Operations;

/// <summary>A thousand Nodes of one management node.</summary>
public sealed class ManyNodesTests : XCatTestBase
{
    private const int Count = 1000;

    [Fact]
    public async Task A_thousand_looks_at_once_cost_five_questions_and_one_bad_name_spoils_none()
    {
        World.Time.InstantsStretched = 40;
        for (var n = 0; n < Count; n++)
            XCat.AddNode($"rack{n:0000}", n % 2 == 0 ? "on" : "off");
        XCat.Fail("rack0007", "rpower", "timeout");
        var nodes = Enumerable.Range(0, Count).Select(n => WithoutSystem($"rack{n:0000}")).ToList();

        var seen = await Task.WhenAll(nodes.Select(node => Engine.ObserveAsync(node, Token)));
        Assert.Equal((5, 5), (XCat.Count("rpower"), XCat.Count("lsdef")));
        Assert.All(Enumerable.Range(0, Count).Where(n => n != 7), n => Assert.Equal(n % 2 == 0 ? PowerValue.On : PowerValue.Off, seen[n].Power.Value));
        Assert.Equal(PowerValue.Unknown, seen[7].Power.Value);

        // A Node that names no node: xCAT refuses its whole list, which is asked again without it.
        World.Time.Advance(TimeSpan.FromMinutes(1));
        var before = XCat.Count("rpower");
        var again = await Task.WhenAll(nodes.Append(WithoutSystem("nosuch")).Select(node => Engine.ObserveAsync(node, Token)));
        var cost = XCat.Count("rpower") - before;

        Assert.InRange(cost, 6, 8);
        Assert.Equal(Count - 1, again.Take(Count).Count(one => one.Power.Value != PowerValue.Unknown));
        Assert.True(again[Count].Exists.IsUnknown);
        TestContext.Current.SendDiagnosticMessage($"1000 looks: 5 rpower and 5 lsdef; with a slow and an unknown name: {cost} rpower");
    }

    [Fact]
    public async Task Looks_that_are_spread_over_an_interval_share_sweeps()
    {
        World.Timeouts.ObserveSeconds = 300;
        for (var n = 0; n < Count; n++)
            XCat.AddNode($"rack{n:0000}");
        var (engine, nodes) = (NewEngine(), Enumerable.Range(0, Count).Select(n => WithoutSystem($"rack{n:0000}")).ToList());
        World.Time.Stand();
        await Task.WhenAll(nodes.Select(node => engine.ObserveAsync(node, Token)));

        // In the first interval it is not known yet how rarely they are looked at.
        var first = await IntervalAsync(engine, nodes);
        var (rpower, definitions) = await IntervalAsync(engine, nodes);

        Assert.InRange(rpower, 5, 12);
        // The rest of a question that was asked along may be answered after the interval that began it.
        Assert.InRange(definitions, rpower - 5, rpower + 5);
        Assert.InRange(first.Rpower, 5, 30);
        TestContext.Current.SendDiagnosticMessage($"1000 looks over 300 s: {rpower} rpower and {definitions} lsdef; in the first interval {first.Rpower}");

        // What was done to a machine is seen at once, however young the answer about it was.
        var driver = await NewDriverAsync("worked", machine: "rack0001");
        Assert.Equal(OperationPhase.Succeeded, (await driver.RunAsync(driver.Begin(OperationKind.PowerOn), engine)).Phase);
        var seen = await engine.ObserveAsync(nodes[1] with { Name = "worked", Spec = new() { MachineName = "rack0001", OperatingSystem = new() { Type = OperatingSystemType.None } } }, Token);
        Assert.Equal(PowerValue.On, seen.Power.Value);
    }

    /// <summary>Each Node is looked at once in five minutes, evenly.</summary>
    private async Task<(int Rpower, int Lsdef)> IntervalAsync(IProvisioningEngine engine, List<Targets.NodeTarget> nodes)
    {
        var (rpower, lsdef) = (XCat.Count("rpower"), XCat.Count("lsdef"));
        foreach (var node in nodes)
        {
            World.Time.Advance(TimeSpan.FromSeconds(0.3));
            await engine.ObserveAsync(node, Token);
        }

        return (XCat.Count("rpower") - rpower, XCat.Count("lsdef") - lsdef);
    }

    private Targets.NodeTarget WithoutSystem(string name) => Driver.Node with { Name = name, Uid = $"uid-{name}", Spec = new() { OperatingSystem = new() { Type = OperatingSystemType.None } } };
}
