using System.Globalization;

namespace Provisioning.EndToEnd.Replicas;

/// <summary>
/// Leaves what was measured in the folder that PROVISIONING_FAULTS_DIR names, one line a hand-over: what became of the leader, seconds from the signal, seconds from its last renewal of the Lease, and what is asserted.
/// hack/lib/faults.sh makes the table of docs/reliability.md from it.
/// </summary>
internal static class HandOverReport
{
    private static readonly Lock Gate = new();
    private static readonly string? Folder = Environment.GetEnvironmentVariable("PROVISIONING_FAULTS_DIR");

    public static void Add(string leader, HandOver measured, string asserted)
    {
        if (string.IsNullOrEmpty(Folder))
            return;
        var line = string.Create(CultureInfo.InvariantCulture, $"{leader}\t{measured.SinceSignal.TotalSeconds:0.00}\t{measured.SinceLastRenewal.TotalSeconds:0.00}\t{asserted}\n");
        lock (Gate)
            File.AppendAllText(Path.Combine(Folder, $"{Environment.ProcessId}.hand-overs"), line);
    }
}
