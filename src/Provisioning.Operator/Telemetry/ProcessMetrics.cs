using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace Provisioning.Operator.Telemetry;

/// <summary>What runs, and what it costs, by the names that client libraries of Prometheus use.</summary>
internal sealed class ProcessMetrics
{
    public ProcessMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(OperatorMeter.Name);
        meter.CreateObservableGauge("provisioning_build_info", ReadBuild, description: "1, with the version of the operator, the source revision that it was built from, and the version of .NET.");
        meter.CreateObservableCounter("process_cpu_seconds_total", () => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds, "s", "Processor time of the process, user and system.");
        meter.CreateObservableGauge("process_resident_memory_bytes", () => Environment.WorkingSet, "By", "Memory of the process in RAM.");
        meter.CreateObservableGauge("process_start_time_seconds", ReadStart, "s", "When the process began, in seconds since 1970.");
        meter.CreateObservableGauge("process_open_fds", ReadDescriptors, description: "Open file descriptors, sockets included.");
        meter.CreateObservableGauge("process_threads", () => Process.GetCurrentProcess().Threads.Count, description: "Threads of the process.");
    }

    /// <summary>Version and source revision, as the build wrote them into the program.</summary>
    public static (string Version, string Revision) Build
    {
        get
        {
            var assembly = typeof(ProcessMetrics).Assembly;
            var text = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString(3) ?? "";
            var parts = text.Split('+', 2);
            return (parts[0], parts.Length == 2 ? parts[1] : "unknown");
        }
    }

    private static Measurement<int> ReadBuild()
    {
        var (version, revision) = Build;
        return new(1, new("version", version), new("revision", revision), new("dotnet", Environment.Version.ToString()));
    }

    private static double ReadStart()
    {
        using var process = Process.GetCurrentProcess();
        return (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
    }

    private static IEnumerable<Measurement<int>> ReadDescriptors() =>
        Directory.Exists("/proc/self/fd") ? [new(Directory.EnumerateFileSystemEntries("/proc/self/fd").Count())] : [];
}
