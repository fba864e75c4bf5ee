namespace Provisioning.Simulation.Tests;

/// <summary>Worlds in which everything goes wrong that can. What was run goes to standard output; a seed that fails is named there with the end of its trace.</summary>
public sealed class SeedTests
{
    private const int FewestFresh = 50;

    [Fact]
    public async Task What_must_hold_holds_for_the_known_seeds()
    {
        var output = await HoldsAsync("many", "1", "600");
        Assert.Equal(600, Runs(output));
        SimulationReport.Write(Sum(output), output.Split('\n').Where(line => line.StartsWith('|')));
    }

    /// <summary>
    /// Each has shown a defect once: a place given away under a silent watch, attempts counted anew, a disk left half written, a capture that waits for a machine that is off; a leader that did not know what the
    /// one before it had begun, two captures of which the second failed before it prepared the machine (two seeds), captures that wait for what only a person can tell (two), the file of an Image that was made
    /// again unseen, and while an old command to delete it was on its way; what stays and was not told since the answer to the end of the deletion was lost; a place
    /// given away because a record in vain, asked for on an old Node, took the place of a newer one; an Image published again by its capture after its file was deleted; a capture told to have failed while its Node
    /// began the next attempt (two). They are of the time before Nodes were given other machines, and with that would be other runs. Of the first ones, seed 21 reset a machine twice for one token, and
    /// seed 555 captured a machine for an ImageCapture that had been told its end.
    /// </summary>
    [Fact]
    public async Task What_must_hold_holds_for_seeds_in_which_it_did_not()
    {
        string[] seeds = ["3001238", "3002101", "3000082", "3000193", "7000073", "7001130", "7001522", "7002599", "7002894", "8000046", "8003728", "8005428", "8030857", "9000049", "9001752", "4200527", "4201423"];
        Assert.Equal(seeds.Length, Runs(await HoldsAsync(["these", "--no-moves", .. seeds])));
    }

    /// <summary>As many as fit into 20 s, and at least 50; PROVISIONING_SIMULATION_SEED repeats one seed.</summary>
    [Fact]
    public async Task What_must_hold_holds_for_seeds_that_nobody_has_tried()
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("PROVISIONING_SIMULATION_SEED"), out var seed))
            Assert.Equal(1, Runs(await HoldsAsync("many", $"{seed}", "1")));
        else
            Assert.InRange(Runs(await HoldsAsync("many", $"{Random.Shared.Next(1_000_000, 2_000_000_000)}", "4000", "--seconds=20", $"--fewest={FewestFresh}")), FewestFresh, 4000);
    }

    private static async Task<string> HoldsAsync(params string[] seeds)
    {
        var (code, output) = await Simulation.RunAsync([.. seeds, "--first-failure"]);
        Assert.True(code == 0, output);

        // Lines that begin so are shown by hack/test.sh.
        await Console.Out.WriteLineAsync($"seed: {Sum(output)}");
        return output;
    }

    private static int Runs(string output) => int.Parse(Sum(output).Split(' ')[0]);

    private static string Sum(string output) => output.Split('\n').Single(line => line.Contains(" runs from seed ", StringComparison.Ordinal));
}
