using Provisioning.Api.Provisioners;
using System.Text.Json.Nodes;
using Provisioning.Benchmarks.Processes;
using Provisioning.Benchmarks.Results;
using Provisioning.Benchmarks.Server;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Benchmarks;

/// <summary>Many simulated Nodes exist, then the operator starts: how long until all are Ready, at what cost, and what they cost at rest.</summary>
internal static class NodesBenchmark
{
    private const int OftenSeconds = 10;
    private const double Mebi = 1 << 20;

    public static async Task RunAsync(Options options, TimeProvider time, CancellationToken cancellationToken)
    {
        var count = options.Number("nodes", 1000);
        var (rest, deadline) = (options.Seconds("rest-seconds", 60), options.Seconds("deadline-seconds", 1800));
        var figures = new Figures(options.Text("figures"));
        var server = new ServerProcesses(options.Text("server"));
        using var cluster = new Cluster(options.Text("kubeconfig"), time);
        var began = time.GetTimestamp();
        await cluster.Provisioners.CreateAsync(Fixtures.Simulator(), cancellationToken);
        await cluster.Images.CreateAsync(Fixtures.WebImage(), cancellationToken);
        await cluster.CreateAsync(Fixtures.Nodes("node", count), cancellationToken);
        figures.Add("nodes", $"{count}");
        figures.Add("created in", time.GetElapsedTime(began).TotalSeconds, "s");

        var reflector = cluster.ReflectNodes();
        var ready = new ReadyNodes(count, time);
        reflector.AddSink(ready);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watch = reflector.RunAsync(watching.Token);
        await reflector.WaitForSyncAsync(cancellationToken);

        var requests = await cluster.RequestsAsync(cancellationToken);
        var cpu = server.CpuSeconds;
        await using var process = StartOperator(options, "log", time);
        await UntilReadyAsync(process, ready, deadline, count, time, cancellationToken);
        var (own, now) = (process.Usage(), server.CpuSeconds);
        figures.Add("caches synced", (await process.Synced).TotalMilliseconds, "ms");
        figures.Add("all ready", time.GetElapsedTime(process.Started, await ready.All).TotalSeconds, "s");
        figures.Add("operator cpu", own.CpuSeconds, "s");
        figures.Add("api server cpu", now.ApiServer - cpu.ApiServer, "s");
        figures.Add("etcd cpu", now.Etcd - cpu.Etcd, "s");

        var written = await SettledAsync(cluster, requests, time, cancellationToken);
        figures.Add("writes per node", (double)written.Writes / count, "");
        figures.Add("conflicts", $"{written.Conflicts}");
        figures.Add("events", $"{written.To("events")}");
        figures.Add("writes", written.ToString());
        AddMemory(figures, "memory when ready", process.Usage());

        await RestAsync(figures, "at rest", cluster, process, server, rest, time, cancellationToken);
        AddMemory(figures, "memory at rest", process.Usage());
        figures.Add("memory, highest", process.Usage().PeakBytes / Mebi, "MB");
        await LookOftenAsync(cluster, cancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(2 * OftenSeconds), time, cancellationToken);
        await RestAsync(figures, $"at rest, look every {OftenSeconds} s", cluster, process, server, rest, time, cancellationToken);

        process.ThrowIfEnded();
        if (ready.Count != count)
            throw new BenchmarkException($"Only {ready.Count} of {count} Nodes are still Ready at the end; the figures are of no use. Read the operator's log.");
        await HandOverAsync(figures, options, process, time, cancellationToken);
        await watching.CancelAsync();
        await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static OperatorProcess StartOperator(Options options, string log, TimeProvider time) =>
        OperatorProcess.Start(options.Text("operator"), options.Text("operator-kubeconfig"), $"{options.Text("figures")}.{log}", time, "--leader-election", "--lease-namespace=default");

    /// <summary>From the end of a leader until the log of the one that stood by says that it has listed everything anew and works.</summary>
    private static async Task HandOverAsync(Figures figures, Options options, OperatorProcess leader, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var second = StartOperator(options, "second.log", time);
        await MeasureAsync("hand-over, told to end", second, leader.TellToEndAsync);
        await using var third = StartOperator(options, "third.log", time);
        await MeasureAsync("hand-over, killed", third, second.KillAsync);

        async Task MeasureAsync(string name, OperatorProcess standby, Func<Task> end)
        {
            await standby.StandsBy.WaitAsync(cancellationToken);
            var began = time.GetTimestamp();
            await end();
            figures.Add(name, time.GetElapsedTime(began, await standby.Works.WaitAsync(TimeSpan.FromMinutes(2), time, cancellationToken)).TotalSeconds, "s");
        }
    }

    private static async Task UntilReadyAsync(OperatorProcess process, ReadyNodes ready, TimeSpan deadline, int count, TimeProvider time, CancellationToken cancellationToken)
    {
        while (!ready.All.IsCompleted)
        {
            process.ThrowIfEnded();
            if (time.GetElapsedTime(process.Started) > deadline)
                throw new BenchmarkException($"Only {ready.Count} of {count} Nodes are Ready after {deadline.TotalSeconds:0} s. Read the operator's log.");
            await Task.WhenAny(ready.All, Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Waits until events and the like are written too: no write for longer than the event recorder waits before it tries again.</summary>
    private static async Task<ServerRequests> SettledAsync(Cluster cluster, ServerRequests before, TimeProvider time, CancellationToken cancellationToken)
    {
        var (last, quiet) = ((await cluster.RequestsAsync(cancellationToken)).Since(before), 0);
        for (var tries = 0; tries < 60 && quiet < 3; tries++)
        {
            await Task.Delay(TimeSpan.FromSeconds(5), time, cancellationToken);
            var now = (await cluster.RequestsAsync(cancellationToken)).Since(before);
            (quiet, last) = (now.Writes == last.Writes ? quiet + 1 : 0, now);
        }

        return quiet >= 3 ? last : throw new BenchmarkException($"Writes go on five minutes after all Nodes are Ready: {last}.");
    }

    private static async Task RestAsync(
        Figures figures, string name, Cluster cluster, OperatorProcess process, ServerProcesses server, TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        var before = await cluster.RequestsAsync(cancellationToken);
        var (own, cpu, began) = (process.Usage(), server.CpuSeconds, time.GetTimestamp());
        await Task.Delay(duration, time, cancellationToken);
        var (took, ownNow, cpuNow) = (time.GetElapsedTime(began), process.Usage(), server.CpuSeconds);
        var written = (await cluster.RequestsAsync(cancellationToken)).Since(before);
        figures.Add($"{name}: writes per hour", written.Writes / took.TotalHours, "");
        figures.Add($"{name}: operator cpu", 100 * (ownNow.CpuSeconds - own.CpuSeconds) / took.TotalSeconds, "% of a core");
        figures.Add($"{name}: api server cpu", 100 * (cpuNow.ApiServer - cpu.ApiServer) / took.TotalSeconds, "% of a core");
        if (written.Writes > 0)
            figures.Add($"{name}: writes", written.ToString());
    }

    private static Task<Provisioner> LookOftenAsync(Cluster cluster, CancellationToken cancellationToken) => cluster.Provisioners.PatchAsync(
        new(Cluster.Namespace, Fixtures.Provisioner),
        new JsonObject { ["spec"] = new JsonObject { ["timeouts"] = new JsonObject { ["observeSeconds"] = OftenSeconds } } },
        PatchKind.Merge,
        subresource: null,
        cancellationToken);

    private static void AddMemory(Figures figures, string name, ProcessUsage usage) => figures.Add(name, usage.ResidentBytes / Mebi, "MB");
}
