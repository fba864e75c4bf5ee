using System.Diagnostics;
using Provisioning.Simulation.Machines;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Commands;

/// <summary>For each mutant the first seed that finds it out, for the reason for which it must be found out.</summary>
internal sealed class MutantHunt(CommandLine line)
{
    public async Task<int> RunAsync()
    {
        if (!Workers.IsWorker(line))
            return await Workers.RunAsync(line, Told) ? 0 : 1;

        var (number, of) = Workers.ShareOf(line);
        var mutants = line.Mutant is { } one ? [one] : Mutants.All;
        var survivors = 0;
        for (var i = number; i < mutants.Count; i += of)
            survivors += await IsFoundOutAsync(mutants[i]) ? 0 : 1;
        return Workers.Finish(isWell: survivors == 0);
    }

    private static bool Told(string text)
    {
        Console.WriteLine(text);
        return true;
    }

    private async Task<bool> IsFoundOutAsync(string mutant)
    {
        var clock = Stopwatch.StartNew();
        string? other = null;
        var seed = line.Numbers[0];
        for (; seed < line.Numbers[0] + line.Numbers[1] && clock.Elapsed < line.TimeLimit; seed++)
        {
            if (Run.Of(seed, mutant, movesMachines: line.MovesMachines).Violation is not { } violation)
                continue;
            if (violation.Contains(Mutants.Symptom(mutant), StringComparison.Ordinal))
            {
                await Console.Out.WriteLineAsync($"{mutant} found by seed {seed}: {violation.ReplaceLineEndings(" ")}");
                return true;
            }

            other ??= violation.ReplaceLineEndings(" ");
        }

        await Console.Out.WriteLineAsync($"{mutant} survived {seed - line.Numbers[0]} seeds{(other is null ? "" : $"; found for another reason: {other}")}");
        return false;
    }
}
