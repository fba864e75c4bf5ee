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
        await Task.WhenAll(nodes.Select(node => engine.ObserveAsync(node, Token)));
        var (rpower, lsdef) = (XCat.Count("rpower"), XCat.Count("lsdef"));

        // Each Node once in five minutes, evenly.
        foreach (var node in nodes)
        {
            World.Time.Advance(TimeSpan.FromSeconds(0.3));
            await engine.ObserveAsync(node, Token);
        }

        var (powerCost, definitionCost) = (XCat.Count("rpower") - rpower, XCat.Count("lsdef") - lsdef);
        Assert.InRange(powerCost, 1, 55);
        Assert.Equal(powerCost, definitionCost);
        TestContext.Current.SendDiagnosticMessage($"1000 looks over 300 s: {powerCost} rpower and {definitionCost} lsdef");
    }

    private Targets.NodeTarget WithoutSystem(string name) => Driver.Node with { Name = name, Uid = $"uid-{name}", Spec = new() { OperatingSystem = new() { Type = OperatingSystemType.None } } };
}
