using Provisioning.Simulation.Machines;

namespace Provisioning.Simulation.Tests;

/// <summary>An operator that breaks a promise is found out within sixty seeds, and for the right reason.</summary>
public sealed class MutantTests
{
    [Theory]
    [InlineData(Mutants.ForgetsIntent, "which nobody has recorded")]
    [InlineData(Mutants.Guesses, "it could not be told whether the machine exists")]
    [InlineData(Mutants.NoFence, "happened twice on lab/")]
    [InlineData(Mutants.NoPrecondition, " is under way")]
    [InlineData(Mutants.NoLimit, "whose limit was never above")]
    [InlineData(Mutants.TellsSecret, "a secret is in the")]
    [InlineData(Mutants.IgnoresPolicy, "managementPolicy is")]
    public async Task A_defect_is_noticed(string mutant, string why)
    {
        var (code, output) = await Simulation.RunAsync("many", "1", "60", $"--mutant={mutant}", "--seconds=40");
        Assert.Equal(1, code);
        Assert.Contains(why, output, StringComparison.Ordinal);
    }
}
