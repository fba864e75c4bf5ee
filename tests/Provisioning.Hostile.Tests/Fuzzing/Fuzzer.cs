using System.Globalization;

namespace Provisioning.Hostile.Tests.Fuzzing;

/// <summary>Runs a target on one hostile input after the other. Each input follows from the seed and its number alone, so that a failure is repeated by these two.</summary>
internal static class Fuzzer
{
    // Generous, for machines on which other tests run: what is wrong here is wrong by powers of ten.
    private static readonly TimeSpan LongestParse = TimeSpan.FromSeconds(5);
    private const long MostAllocated = 64L * 1024 * 1024;

    /// <summary>
    /// Runs inputs until the count or the time is reached, and in any case the fewest; gives how many there were. That a parser has become slow is seen at a single input: how many come into
    /// a time says as much of what else the machine does.
    /// </summary>
    public static int Run(Target target, int seed, int count, TimeSpan time, int fewest = 0) => Run(target, Corpus.Of(target.Name), seed, count, time, fewest);

    /// <summary>The same with other samples than those of the corpus.</summary>
    public static int Run(Target target, IReadOnlyList<byte[]> samples, int seed, int count, TimeSpan time, int fewest = 0)
    {
        var mutator = new Mutator(samples, target.Words);
        var started = TimeProvider.System.GetTimestamp();
        var number = 0;
        for (; number < count && (number < fewest || TimeProvider.System.GetElapsedTime(started) < time); number++)
            RunOne(target, mutator, seed, number);
        return number;
    }

    /// <summary>Runs the input of that number.</summary>
    public static void RunOne(Target target, int seed, int number) => RunOne(target, Corpus.Of(target.Name), seed, number);

    /// <summary>The same with other samples than those of the corpus.</summary>
    public static void RunOne(Target target, IReadOnlyList<byte[]> samples, int seed, int number) => RunOne(target, new Mutator(samples, target.Words), seed, number);

    /// <summary>Runs a sample as it is.</summary>
    public static void RunSample(Target target, byte[] sample) => Check(target, sample, "a sample of the corpus");

    private static void RunOne(Target target, Mutator mutator, int seed, int number) =>
        Check(target, mutator.Next(new Random(unchecked((seed * 16777619) ^ number))), string.Create(CultureInfo.InvariantCulture, $"HOSTILE_SEED={seed} HOSTILE_NUMBER={number} repeats it"));

    private static void Check(Target target, byte[] input, string which)
    {
        var (started, allocated) = (TimeProvider.System.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        string? problem = null;
        try
        {
            target.Parse(input);
        }
        catch (Exception failure)
        {
            problem = failure is BrokenPromiseException ? failure.Message : $"it threw {failure}";
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var elapsed = TimeProvider.System.GetElapsedTime(started);
        if (problem is null && elapsed > LongestParse)
            elapsed = Again(target, input);
        problem ??= elapsed > LongestParse ? $"it took {elapsed.TotalSeconds:0.0} s" : allocated > MostAllocated + (200L * input.Length) ? $"it allocated {allocated >> 20} MiB" : null;
        if (problem is not null)
            Assert.Fail($"{target.Name}, {input.Length} bytes: {problem}\n{which}. The input (its beginning):\n{Escapes.Of(input.AsSpan(0, Math.Min(input.Length, 2000)))}");
    }

    /// <summary>What takes long by itself does so again; that the thread was not given a processor is another matter.</summary>
    private static TimeSpan Again(Target target, byte[] input)
    {
        var started = TimeProvider.System.GetTimestamp();
        target.Parse(input);
        return TimeProvider.System.GetElapsedTime(started);
    }
}
