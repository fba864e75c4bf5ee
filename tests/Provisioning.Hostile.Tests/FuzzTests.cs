using System.Globalization;
using Provisioning.Hostile.Tests.Fuzzing;
using Provisioning.Hostile.Tests.Targets;

namespace Provisioning.Hostile.Tests;

/// <summary>
/// No parser throws anything but its declared failure, takes long, takes much memory, or makes a yes of garbage. HOSTILE_SECONDS lets each target run for so long;
/// HOSTILE_SEED and HOSTILE_NUMBER repeat what a failure names.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output, FuzzCount all) : IClassFixture<FuzzCount>
{
    private const int FixedSeed = 20240501;
    private const int FixedCount = 600;

    private const int FixedFewest = 51;

    private static readonly TimeSpan FixedTime = TimeSpan.FromSeconds(10);

    public static TheoryData<string> Targets => [.. AllTargets.ByName.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void Each_target_has_its_corpus_and_each_corpus_its_target() => Assert.Equal(AllTargets.ByName.Keys.Order(StringComparer.Ordinal), Corpus.Targets().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_samples_as_they_are(string target)
    {
        foreach (var sample in Corpus.Of(target))
            Fuzzer.RunSample(AllTargets.ByName[target], sample);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_same_inputs_each_time(string target) =>
        Assert.InRange(Fuzzer.Run(AllTargets.ByName[target], FixedSeed, FixedCount, FixedTime, FixedFewest), FixedFewest, FixedCount);

    [Theory]
    [MemberData(nameof(Targets))]
    public void Other_inputs_each_time(string target)
    {
        var seed = Number("HOSTILE_SEED") ?? all.Seed;
        if (Number("HOSTILE_NUMBER") is { } number)
        {
            Fuzzer.RunOne(AllTargets.ByName[target], seed, number);
            return;
        }

        var inputs = Fuzzer.Run(AllTargets.ByName[target], seed, int.MaxValue, TimeSpan.FromSeconds(Number("HOSTILE_SECONDS") ?? 0.25));
        output.WriteLine($"{target}: {inputs} inputs of HOSTILE_SEED={seed}");
        all.Count(inputs, seed);
    }

    private static int? Number(string variable) => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
