using Provisioning.Simulation.Commands;
using Provisioning.Simulation.Machines;
using Provisioning.Simulation.Worlds;

var line = new CommandLine(args);
if (line.Mutant is { } mutant && mutant != Mutants.Harmless && !Mutants.All.Contains(mutant))
    return await FailAsync($"There is no mutant {mutant}. Known: {string.Join(' ', Mutants.All)}");

switch (line.Command)
{
    case "run" when Seed() is { } seed:
        var result = Run.Of(seed, line.Mutant, keepTrace: true, line.MovesMachines);
        foreach (var text in result.Trace)
            Console.WriteLine(text);
        Console.WriteLine($"seed {seed}: {result.Violation ?? "survived"} ({result.Simulated} simulated, {result.Operations} operations, trace {result.Digest})");
        return result.Violation is null ? 0 : 1;
    case "run":
        return await FailAsync("Name a seed, or set PROVISIONING_SIMULATION_SEED.");
    case "digests" when line.Numbers is [var first, var count]:
        for (var i = 0; i < count; i++)
            Console.WriteLine($"{first + i} {Run.Of(first + i, movesMachines: line.MovesMachines).Digest}");
        return 0;
    case "these" when line.Numbers is [_, ..]:
    case "many" when line.Numbers is [_, _]:
        return await new ManyRuns(line).RunAsync();
    case "mutants" when line.Numbers is [_, _]:
        return await new MutantHunt(line).RunAsync();
    case "overload" when line.Numbers is [var nodes, var limit]:
        Console.WriteLine(QuietLife.Overload(nodes, limit));
        return 0;
    case "rest" when line.Numbers is [var nodes, var hours]:
        Console.WriteLine(QuietLife.Rest(nodes, TimeSpan.FromHours(hours)));
        return 0;
    case "deletion" when line.Arguments is [_, var gone, ..] && Deletions.Cases.ContainsKey(gone):
        Console.WriteLine(Deletions.Measure(gone));
        return 0;
    default:
        return await FailAsync(
            """
            Provisioning.Simulation run SEED                 one run with its whole trace (or PROVISIONING_SIMULATION_SEED)
            Provisioning.Simulation many FIRST COUNT         many runs and the table of their faults
            Provisioning.Simulation these SEED...            the same for certain seeds
              --no-moves                                     Nodes keep their machines: seeds of the time before they were moved
              --first-failure                                no new run after one that failed
            Provisioning.Simulation mutants FIRST COUNT      for each defect the first seed that finds it
              --seconds=N                                    no new run after this time
              --fewest=N                                     but so many, however long they take
              --processes=N                                  at the same time; otherwise one for each core
            Provisioning.Simulation digests FIRST COUNT      the digests of their traces
            Provisioning.Simulation overload NODES LIMIT     all Nodes changed at once
            Provisioning.Simulation rest NODES HOURS         nothing to do
            Provisioning.Simulation deletion GONE            how long a deletion takes when something is gone for good: login-in-mid-load, endpoint, ...
              --mutant=NAME                                  with a defect, which must be noticed
            """);
}

int? Seed() => line.Numbers is [var named, ..] ? named : int.TryParse(Environment.GetEnvironmentVariable("PROVISIONING_SIMULATION_SEED"), out var given) ? given : null;

static async Task<int> FailAsync(string problem)
{
    await Console.Error.WriteLineAsync(problem);
    return 2;
}
