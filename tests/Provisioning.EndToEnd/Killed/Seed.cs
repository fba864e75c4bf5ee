using System.Globalization;

namespace Provisioning.EndToEnd.Killed;

/// <summary>The random moments of a test come from a seed that the test prints; PROVISIONING_TEST_SEED repeats them.</summary>
internal static class Seed
{
    public static Random Next()
    {
        var given = Environment.GetEnvironmentVariable("PROVISIONING_TEST_SEED");
        var seed = string.IsNullOrEmpty(given) ? Random.Shared.Next() : int.Parse(given, CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper!.WriteLine($"PROVISIONING_TEST_SEED={seed}");
        return new(seed);
    }
}
