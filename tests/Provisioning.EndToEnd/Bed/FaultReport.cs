namespace Provisioning.EndToEnd.Bed;

/// <summary>
/// Leaves what a test injected, and what was survived, in the folder that PROVISIONING_FAULTS_DIR names: one line a fault: "injected" or "survived", its number and itself with tabs between.
/// hack/lib/faults.sh makes the table of docs/reliability.md from it. A test that fails in between leaves a fault that was not survived.
/// </summary>
public sealed class FaultReport
{
    private static readonly Lock Gate = new();
    private static readonly string? Folder = Environment.GetEnvironmentVariable("PROVISIONING_FAULTS_DIR");
    private readonly List<string> _injected = [];

    /// <summary>A fault is about to happen.</summary>
    /// <param name="fault">One of <see cref="Fault"/>.</param>
    public void Injected(string fault)
    {
        Assert.Contains(fault, Fault.All);
        TestContext.Current.TestOutputHelper?.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {fault}");
        _injected.Add(fault);
        Add("injected", fault);
    }

    /// <summary>Everything was looked at after the faults, and nothing was lost or done twice.</summary>
    public void Survived()
    {
        Assert.NotEmpty(_injected);
        foreach (var fault in _injected)
            Add("survived", fault);
        _injected.Clear();
    }

    private static void Add(string what, string fault)
    {
        if (string.IsNullOrEmpty(Folder))
            return;
        lock (Gate)
            File.AppendAllText(Path.Combine(Folder, $"faults-{Environment.ProcessId}.tsv"), $"{what}\t{Fault.All.ToList().IndexOf(fault)}\t{fault}\n");
    }
}
