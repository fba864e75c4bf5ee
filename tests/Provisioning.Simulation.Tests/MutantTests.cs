using Provisioning.Simulation.Machines;

namespace Provisioning.Simulation.Tests;

/// <summary>An operator that breaks a promise is found out within four hundred seeds, and by the check that is there for it.</summary>
public sealed class MutantTests(MutantTests.Hunt hunt) : IClassFixture<MutantTests.Hunt>
{
    public static TheoryData<string> All => [.. Mutants.All];

    [Theory]
    [MemberData(nameof(All))]
    public void A_defect_is_noticed(string mutant) => Assert.Contains(hunt.Lines, line => line.StartsWith($"{mutant} found by seed ", StringComparison.Ordinal));

    [Fact]
    public async Task Where_nothing_is_defective_nothing_is_noticed()
    {
        var (code, output) = await Simulation.RunAsync("mutants", "1", "10", $"--mutant={Mutants.Harmless}", "--processes=1");
        Assert.Equal("Harmless survived 10 seeds", output.Trim());
        Assert.Equal(1, code);
    }

    /// <summary>Looks for all of them in one go: a process that has just begun is slow.</summary>
    public sealed class Hunt : IAsyncLifetime
    {
        public IReadOnlyList<string> Lines { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            var (_, output) = await Simulation.RunAsync("mutants", "1", "400", "--seconds=1200", "--processes=2");
            await Console.Out.WriteLineAsync(output);
            Lines = output.Split('\n');
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
