using System.Diagnostics;
using Provisioning.Simulation.Worlds;

if (args is ["run", var text, ..])
{
    var result = Run.Of(int.Parse(text), args.ElementAtOrDefault(2), keepTrace: true);
    foreach (var line in result.Trace)
        Console.WriteLine(line);
    Console.WriteLine($"seed {result.Seed}: {result.Violation ?? "survived"} ({result.Simulated}, {result.Operations} operations, trace {result.Digest})");
    return result.Violation is null ? 0 : 1;
}

if (args is ["many", var first, var count, ..])
{
    var watch = Stopwatch.StartNew();
    var failed = 0;
    for (var seed = int.Parse(first); seed < int.Parse(first) + int.Parse(count); seed++)
    {
        var result = Run.Of(seed, args.ElementAtOrDefault(3));
        if (result.Violation is null)
            continue;
        failed++;
        Console.WriteLine($"seed {seed}: {result.Violation}");
    }

    Console.WriteLine($"{count} runs in {watch.Elapsed.TotalSeconds:0.0} s, {failed} failed, {GC.GetTotalMemory(false) >> 20} MB");
    return failed > 0 ? 1 : 0;
}

return 2;
