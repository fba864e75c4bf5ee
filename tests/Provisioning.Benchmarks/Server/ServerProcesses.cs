using System.Globalization;
using Provisioning.Benchmarks.Processes;

namespace Provisioning.Benchmarks.Server;

/// <summary>The processes that hack/lib/apiserver.sh started.</summary>
internal sealed class ServerProcesses(string folder)
{
    /// <summary>Processor time of kube-apiserver and of etcd so far.</summary>
    public (double ApiServer, double Etcd) CpuSeconds => (ProcessUsage.Read(Pid("apiserver.pid")).CpuSeconds, ProcessUsage.Read(Pid("etcd.pid")).CpuSeconds);

    private int Pid(string file) => int.Parse(File.ReadAllText(Path.Combine(folder, file)), CultureInfo.InvariantCulture);
}
