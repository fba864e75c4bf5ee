namespace Provisioning.Simulation.Tests;

/// <summary>A seed that fails is worth nothing if it does not fail again.</summary>
public sealed class DeterminismTests
{
    /// <summary>Two processes, so that hash codes of strings and whatever else is drawn per process differ.</summary>
    [Fact]
    public async Task A_seed_gives_the_same_trace_in_every_process()
    {
        var both = await Task.WhenAll(Simulation.RunAsync("digests", "5000", "12"), Simulation.RunAsync("digests", "5000", "12"));
        Assert.Equal(both[0].Output, both[1].Output);
        var digests = both[0].Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(12, digests.Select(line => line.Split(' ')[1]).Distinct().Count());
    }
}
