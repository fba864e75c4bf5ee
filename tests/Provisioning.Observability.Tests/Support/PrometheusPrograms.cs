namespace Provisioning.Observability.Tests.Support;

/// <summary>Programs of Prometheus; hack/test.sh fetches them and names their folder.</summary>
internal static class PrometheusPrograms
{
    private const string Variable = "PROVISIONING_TEST_PROMETHEUS";

    /// <summary>Whether their folder is named.</summary>
    public static bool AreThere => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable));

    /// <summary>Path of prometheus or promtool; the test is skipped where there is none.</summary>
    public static string Find(string name)
    {
        var folder = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(folder), $"Needs Prometheus: run hack/test.sh, or set {Variable} to the folder with prometheus and promtool.");
        return Path.Combine(folder!, name);
    }
}
