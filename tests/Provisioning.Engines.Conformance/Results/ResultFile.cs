namespace Provisioning.Engines.Conformance.Results;

/// <summary>
/// Leaves what tests showed in the folder that PROVISIONING_CONFORMANCE_DIR names, one line a test: engine, counterpart, row, verdict and test with tabs
/// between them. hack/test.sh makes the table from it.
/// </summary>
internal static class ResultFile
{
    private static readonly Lock Gate = new();

    private static readonly string? Folder = Environment.GetEnvironmentVariable("PROVISIONING_CONFORMANCE_DIR");

    public static void Add(IEngineHarness harness, string routine, string verdict, string test)
    {
        if (string.IsNullOrEmpty(Folder))
            return;
        var line = string.Join('\t', new[] { harness.Engine, harness.Counterpart, routine, verdict, test }.Select(word => word.ReplaceLineEndings(" ").Replace('\t', ' ')));
        lock (Gate)
            File.AppendAllText(Path.Combine(Folder, $"{AppDomain.CurrentDomain.FriendlyName}.tsv"), line + "\n");
    }
}
