using static Provisioning.Simulation.Tests.Simulation;

namespace Provisioning.Simulation.Tests;

/// <summary>Much to do at once, and nothing to do for a day.</summary>
public sealed class QuietLifeTests
{
    [Fact]
    public async Task Two_thousand_changes_at_once_keep_to_the_limit_in_order_and_cost_no_more_each_than_fifty_do()
    {
        var outputs = await Task.WhenAll(RunAsync("overload", "2000", "40"), OneAfterTheOtherAsync("50", "500"));
        var (many, few) = (outputs[0].Output, outputs[1].Output);
        await Console.Out.WriteLineAsync($"{few}{many}");
        Assert.Equal("none", Figure(many, "violation"));
        Assert.Equal("40", Figure(many, "atOnce"));
        Assert.InRange(int.Parse(Figure(many, "overtaken")), 0, 64);
        Assert.InRange(int.Parse(Figure(many, "callsAtOnce")), 1, 16 + 4);
        Assert.InRange(double.Parse(Figure(many, "otherBeganAfter")), 0, 10);

        // At its highest, looked at each minute.
        Assert.InRange(double.Parse(Figure(many, "peakKiBPerNode")), 1, 40);

        // Each that waits is told its place three times at most: of 50 Nodes ten wait, of 500 and 2,000 nearly all.
        Assert.InRange(double.Parse(Figure(many, "writesPerNode")) - double.Parse(Figure(few[few.IndexOf("nodes=500", StringComparison.Ordinal)..], "writesPerNode")), -1, 1);
        Assert.InRange(double.Parse(Figure(many, "writesPerNode")) - double.Parse(Figure(few, "writesPerNode")), -1, 3);
    }

    [Fact]
    public async Task A_day_at_rest_writes_nothing()
    {
        var (_, output) = await RunAsync("rest", "20", "24");
        Assert.Equal("none", Figure(output, "violation"));
        Assert.Equal("0", Figure(output, "writes"));
        Assert.Equal("AsDeclared:17,ImageNotFound:1,ObserveOnly:1,Paused:1,PoweredOff:1", Figure(output, "ready"));
        Assert.InRange(int.Parse(Figure(output, "looks")), 20 * 24, 20 * 24 * 60);
    }

    private static async Task<(int Code, string Output)> OneAfterTheOtherAsync(params string[] nodes)
    {
        var output = "";
        foreach (var count in nodes)
            output += (await RunAsync("overload", count, "40")).Output;
        return (0, output);
    }
}
