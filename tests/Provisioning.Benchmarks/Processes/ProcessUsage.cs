using System.Globalization;

namespace Provisioning.Benchmarks.Processes;

/// <summary>What a process has used so far, as Linux counts it.</summary>
/// <param name="CpuSeconds">Processor time of all its threads, in steps of 10 ms.</param>
/// <param name="ResidentBytes">Resident memory now.</param>
/// <param name="PeakBytes">The most resident memory so far.</param>
internal sealed record ProcessUsage(double CpuSeconds, long ResidentBytes, long PeakBytes)
{
    // USER_HZ is 100 on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    public static ProcessUsage Read(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        // The program's name stands in parentheses and may hold anything; utime and stime are the 12th and 13th field after it.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        var status = File.ReadAllLines($"/proc/{pid}/status");
        return new(ticks / TicksPerSecond, Bytes(status, "VmRSS:"), Bytes(status, "VmHWM:"));
    }

    private static long Bytes(string[] status, string name)
    {
        var line = status.First(line => line.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line[name.Length..^3], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }
}
