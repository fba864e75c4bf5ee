namespace Provisioning.Simulation.Tests;

/// <summary>Leaves the table of faults in the folder that PROVISIONING_FAULTS_DIR names; hack/lib/faults.sh prints it, or writes it into docs/reliability.md.</summary>
internal static class SimulationReport
{
    /// <summary>Writes it.</summary>
    /// <param name="sum">How many runs, and how fast; the speed is left out, since it says more of the machine.</param>
    /// <param name="table">Lines in Markdown.</param>
    public static void Write(string sum, IEnumerable<string> table)
    {
        if (Environment.GetEnvironmentVariable("PROVISIONING_FAULTS_DIR") is { Length: > 0 } folder)
            File.WriteAllLines(Path.Combine(folder, "simulation.md"), [$"{sum.Split(';')[0]}.", "", .. table]);
    }
}
