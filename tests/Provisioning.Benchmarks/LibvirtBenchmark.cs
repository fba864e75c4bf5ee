using System.Net;
using System.Net.Sockets;
using Provisioning.Api.Nodes;
using Provisioning.Benchmarks.Processes;
using Provisioning.Benchmarks.Results;
using Provisioning.Benchmarks.Server;
using Provisioning.Benchmarks.VirtualMachines;
using Provisioning.Kubernetes.Caching;

namespace Provisioning.Benchmarks;

/// <summary>The time from a declared Node to a Ready virtual machine, against the same commands by hand over one SSH connection.</summary>
internal static class LibvirtBenchmark
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Options options, TimeProvider time, CancellationToken cancellationToken)
    {
        var rounds = options.Number("rounds", 3);
        var figures = new Figures(options.Text("figures"));
        var host = new VmHost(options.Text("host"));
        using var cluster = new Cluster(options.Text("kubeconfig"), time);
        foreach (var secret in host.Secrets)
            await cluster.Secrets.CreateAsync(secret, cancellationToken);
        await cluster.Provisioners.CreateAsync(host.NewProvisioner(), cancellationToken);
        await cluster.Images.CreateAsync(host.NewImage(), cancellationToken);

        var reflector = cluster.ReflectNodes();
        var seen = new SeenNodes(time);
        reflector.AddSink(seen);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watch = reflector.RunAsync(watching.Token);
        await reflector.WaitForSyncAsync(cancellationToken);
        await using var process = OperatorProcess.Start(options.Text("operator"), options.Text("operator-kubeconfig"), $"{options.Text("figures")}.log", time);
        await process.Synced.WaitAsync(TimeSpan.FromMinutes(2), time, cancellationToken);

        var (port, declared, bare) = (FreePort(), new List<double>(), new List<double>());
        // The first round makes the operator's connection, its verification of the image and the host's caches warm; it is not counted.
        for (var round = 0; round <= rounds; round++)
        {
            var name = $"vm-{round}";
            var began = time.GetTimestamp();
            await cluster.Nodes.CreateAsync(VmHost.NewNode(name, port), cancellationToken);
            var byOperator = time.GetElapsedTime(began, await seen.ReadyAsync(name).WaitAsync(Patience, time, cancellationToken));
            var machine = await BareMachine.LikeAsync(host, $"default-{Cluster.Namespace}-{name}", port, time, cancellationToken);
            await cluster.Nodes.DeleteAsync(new(Cluster.Namespace, name), uid: null, cancellationToken);
            await seen.GoneAsync(name).WaitAsync(Patience, time, cancellationToken);

            var byHand = await machine.MakeAsync(cancellationToken);
            await machine.RemoveAsync(cancellationToken);
            if (round == 0)
                continue;
            declared.Add(byOperator.TotalSeconds);
            bare.Add(byHand.TotalSeconds);
        }

        figures.Add("vm: declared to Ready", Median(declared), "s");
        figures.Add("vm: same commands by hand", Median(bare), "s");
        figures.Add("vm: overhead", Median(declared) - Median(bare), "s");
        figures.Add("vm: all rounds", string.Join(", ", declared.Zip(bare).Select(pair => $"{pair.First:0.0}/{pair.Second:0.0}")) + " s");
        await watching.CancelAsync();
        await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
