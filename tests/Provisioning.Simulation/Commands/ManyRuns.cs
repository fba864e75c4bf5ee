using System.Diagnostics;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Commands;

/// <summary>Many seeds, and the table of their faults.</summary>
internal sealed class ManyRuns(CommandLine line)
{
    private const int LinesOfTrace = 40;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly SortedDictionary<int, RunResult> _results = [];

    public async Task<int> RunAsync()
    {
        if (Workers.IsWorker(line))
        {
            foreach (var result in Runs())
                await Console.Out.WriteLineAsync(Results.ToLine(result with { Trace = [.. result.Trace.TakeLast(LinesOfTrace)] }));
            return Workers.Finish(isWell: true);
        }

        var isWhole = await Workers.RunAsync(line, text =>
        {
            var result = Results.FromLine(text);
            _results[result.Seed] = result;
            Tell(result);
            return result.Violation is null || !line.Has("first-failure");
        });
        // Also where a worker has ended before its time: what it did not run has not been survived.
        return Report() > 0 || !isWhole ? 1 : 0;
    }

    private IEnumerable<RunResult> Runs()
    {
        var (number, of) = Workers.ShareOf(line);
        foreach (var (i, seed) in Seeds().Index())
        {
            if (i >= line.FewestRuns && _clock.Elapsed >= line.TimeLimit)
                break;
            if (i % of == number)
                yield return Run.Of(seed, line.Mutant, movesMachines: line.MovesMachines);
        }
    }

    private IEnumerable<int> Seeds() => line.Command == "these" ? line.Numbers : Enumerable.Range(line.Numbers[0], line.Numbers[1]);

    private void Tell(RunResult result)
    {
        if (result.Violation is null)
            return;
        Console.WriteLine($"seed {result.Seed} failed: {result.Violation}");
        if (line.Mutant is null)
            Console.WriteLine($"{string.Join('\n', result.Trace)}\nThe same again, with its whole trace: Provisioning.Simulation run {result.Seed}{(line.MovesMachines ? "" : " --no-moves")}");
    }

    private int Report()
    {
        var runs = _results.Values.Select(result => (result.Violation is null, result.Faults)).ToList();
        var failed = runs.Count(run => !run.Item1);
        var sum = $"{runs.Count} runs from seed {line.Numbers[0]}: {_results.Values.Sum(result => result.Operations)} operations in {_results.Values.Sum(result => result.Simulated.TotalHours):0} simulated hours, {failed} runs failed";
        if (line.Mutant is null)
            Console.WriteLine(FaultTexts.Table(runs));
        Console.WriteLine($"{sum}; {_clock.Elapsed.TotalSeconds:0.0} s, {runs.Count / _clock.Elapsed.TotalMinutes:0} runs a minute");
        return failed;
    }
}
