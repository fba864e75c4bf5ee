using System.Globalization;

namespace Provisioning.EndToEnd.Killed;

/// <summary>The random moments of a test come from a seed that is printed; PROVISIONING_TEST_SEED repeats them.</summary>
internal static class Seed
{
    public static Random Next()
    {
        var given = Environment.GetEnvironmentVariable("PROVISIONING_TEST_SEED");
        var seed = string.IsNullOrEmpty(given) ? Random.Shared.Next() : int.Parse(given, CultureInfo.InvariantCulture);
        // A line that begins so is shown by hack/test.sh.
        Console.WriteLine($"seed: {seed} of {TestContext.Current.TestMethod?.MethodName}; PROVISIONING_TEST_SEED={seed} repeats it");
        return new(seed);
    }
}
