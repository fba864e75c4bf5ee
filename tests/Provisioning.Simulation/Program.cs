using System.Diagnostics;
using Provisioning.Simulation;
using Provisioning.Simulation.Machines;
using Provisioning.Simulation.Worlds;

var options = args.Skip(1).Where(argument => argument.StartsWith("--", StringComparison.Ordinal)).Select(argument => argument[2..].Split('=', 2)).ToDictionary(parts => parts[0], parts => parts.ElementAtOrDefault(1) ?? "");
var numbers = args.Skip(1).Where(argument => !argument.StartsWith("--", StringComparison.Ordinal)).Select(int.Parse).ToList();
var mutant = options.GetValueOrDefault("mutant");
if (mutant is not null && !Mutants.All.Contains(mutant))
    return await FailAsync($"There is no mutant {mutant}. Known: {string.Join(' ', Mutants.All)}");

switch (args.FirstOrDefault())
{
    case "run":
        if (numbers.Count == 0 && int.TryParse(Environment.GetEnvironmentVariable("PROVISIONING_SIMULATION_SEED"), out var named))
            numbers.Add(named);
        if (numbers is not [var seed, ..])
            return await FailAsync("Name a seed, or set PROVISIONING_SIMULATION_SEED.");
        var result = Run.Of(seed, mutant, keepTrace: true);
        foreach (var line in result.Trace)
            Console.WriteLine(line);
        Console.WriteLine($"seed {seed}: {result.Violation ?? "survived"} ({result.Simulated} simulated, {result.Operations} operations, trace {result.Digest})");
        return result.Violation is null ? 0 : 1;
    case "digests":
        for (var i = 0; i < numbers[1]; i++)
            Console.WriteLine($"{numbers[0] + i} {Run.Of(numbers[0] + i).Digest}");
        return 0;
    case "many":
        return Many(numbers[0], numbers[1]);
    case "overload":
        Console.WriteLine(QuietLife.Overload(numbers[0], numbers[1]));
        return 0;
    case "rest":
        Console.WriteLine(QuietLife.Rest(numbers[0], TimeSpan.FromHours(numbers[1])));
        return 0;
    default:
        await Console.Error.WriteLineAsync(
            """
            Provisioning.Simulation run SEED                 one run with its whole trace (or PROVISIONING_SIMULATION_SEED)
            Provisioning.Simulation many FIRST COUNT         many runs and the table of their faults
              --seconds=N                                    no new run after this time
              --first-failure                                no new run after one that failed
              --markdown=FILE                                writes the table into this file, between its marks
            Provisioning.Simulation digests FIRST COUNT      the digests of their traces
            Provisioning.Simulation overload NODES LIMIT     all Nodes changed at once
            Provisioning.Simulation rest NODES HOURS         nothing to do
              --mutant=NAME                                  with a defect, which must be noticed
            """);
        return 2;
}

static async Task<int> FailAsync(string problem)
{
    await Console.Error.WriteLineAsync(problem);
    return 2;
}

int Many(int first, int count)
{
    var clock = Stopwatch.StartNew();
    var limit = TimeSpan.FromSeconds(options.TryGetValue("seconds", out var seconds) ? int.Parse(seconds) : 1e6);
    List<(bool Survived, IReadOnlyDictionary<FaultKind, int> Faults)> runs = [];
    var (operations, simulated) = (0, TimeSpan.Zero);
    for (var seed = first; seed < first + count && clock.Elapsed < limit; seed++)
    {
        var result = Run.Of(seed, mutant);
        runs.Add((result.Violation is null, result.Faults));
        operations += result.Operations;
        simulated += result.Simulated;
        if (result.Violation is null)
            continue;
        Console.WriteLine($"seed {seed} failed: {result.Violation}");
        if (mutant is null)
            Console.WriteLine($"{string.Join('\n', result.Trace.TakeLast(40))}\nThe same again, with its whole trace: Provisioning.Simulation run {seed}");
        if (options.ContainsKey("first-failure"))
            break;
    }

    var failed = runs.Count(run => !run.Survived);
    if (mutant is null)
        Console.WriteLine(FaultTexts.Table(runs));
    Console.WriteLine($"{runs.Count} runs from seed {first}, {failed} failed; {operations} operations in {simulated.TotalHours:0} simulated hours, {clock.Elapsed.TotalSeconds:0.0} s");
    if (options.TryGetValue("markdown", out var file))
        ReliabilityPage.Write(file, FaultTexts.Table(runs), $"{runs.Count} runs from seed {first}: {operations} operations in {simulated.TotalHours:0} simulated hours, {failed} runs failed.");
    return failed > 0 ? 1 : 0;
}
