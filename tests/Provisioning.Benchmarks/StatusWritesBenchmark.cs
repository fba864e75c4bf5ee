using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Benchmarks.Results;
using Provisioning.Benchmarks.Server;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Rest;
using Provisioning.Operator.Status;

namespace Provisioning.Benchmarks;

/// <summary>The same states written in three ways: what does each cost the API server?</summary>
internal static class StatusWritesBenchmark
{
    // Each Node goes through its states twice: the first write of a field manager is another case than the later ones.
    private const int Repeats = 2;

    private enum Way
    {
        MergeDifference,
        MergeWhole,
        ApplyWhole,
    }

    public static async Task RunAsync(Options options, TimeProvider time, CancellationToken cancellationToken)
    {
        var (writes, rounds) = (options.Number("writes", 1000), options.Number("rounds", 3));
        var figures = new Figures(options.Text("figures"));
        var server = new ServerProcesses(options.Text("server"));
        using var cluster = new Cluster(options.Text("kubeconfig"), time);
        var harvested = await Harvest.RunAsync(cluster, options, time, cancellationToken);
        List<JsonObject> states = [.. harvested.Select(state => StatusPatch.WithoutEmptyStrings(JsonSerializer.SerializeToNode(state, ApiJsonContext.Default.NodeStatus)!.AsObject()))];
        figures.Add("states of a node", string.Join(", ", states.Select(state => $"{Encoding.UTF8.GetByteCount(state.ToJsonString())} B")));

        var nodes = writes / (states.Count * Repeats);
        var measured = new List<(Way Way, Measurement Measurement)>();
        var refused = new HashSet<Way>();
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var way in Enum.GetValues<Way>().Except(refused))
            {
                try
                {
                    var measurement = await MeasureAsync(way, $"{way}-{round}".ToLowerInvariant(), nodes, states, cluster, server, time, cancellationToken);
                    // The first round warms caches and the JIT up.
                    if (round > 0)
                        measured.Add((way, measurement));
                }
                catch (KubernetesApiException refusal) when (refusal.StatusCode == HttpStatusCode.UnprocessableEntity)
                {
                    // Kubernetes 1.20 leaves null where an apply no longer names an object inside the status, and then refuses that null.
                    refused.Add(way);
                    figures.Add(Name(way), $"refused: {refusal.Message}");
                }
            }
        }

        foreach (var way in Enum.GetValues<Way>().Except(refused))
        {
            List<Measurement> all = [.. measured.Where(entry => entry.Way == way).Select(entry => entry.Measurement)];
            figures.Add($"{Name(way)}: server cpu", Median(all, one => one.CpuSeconds / one.Writes) * 1000, "ms per write");
            figures.Add($"{Name(way)}: time", Median(all, one => one.WallSeconds / one.Writes) * 1000, "ms per write");
            figures.Add($"{Name(way)}: request body", Median(all, one => one.Bytes / one.Writes), "B");
            figures.Add($"{Name(way)}: stored object", Median(all, one => one.ObjectBytes), "B");
        }
    }

    private static async Task<Measurement> MeasureAsync(
        Way way, string prefix, int count, List<JsonObject> states, Cluster cluster, ServerProcesses server, TimeProvider time, CancellationToken cancellationToken)
    {
        List<Node> nodes = [.. Fixtures.Nodes(prefix, count)];
        await cluster.CreateAsync(nodes, cancellationToken);
        var (bytes, cpu, began) = (0L, server.CpuSeconds, time.GetTimestamp());
        await Cluster.ForEachAsync(nodes, async node => Interlocked.Add(ref bytes, await WriteAsync(way, node.Metadata.Name, states, cluster, cancellationToken)), cancellationToken);
        var (took, now) = (time.GetElapsedTime(began).TotalSeconds, server.CpuSeconds);
        return new(count * states.Count * Repeats, now.ApiServer - cpu.ApiServer + now.Etcd - cpu.Etcd, took, bytes, await cluster.SizeAsync(nodes[0].Metadata.Name, cancellationToken));
    }

    private static async Task<long> WriteAsync(Way way, string name, List<JsonObject> states, Cluster cluster, CancellationToken cancellationToken)
    {
        var key = new NamespacedName(Cluster.Namespace, name);
        var (before, version, bytes) = ((JsonObject?)null, (await cluster.Nodes.GetAsync(key, cancellationToken))!.Metadata.ResourceVersion, 0L);
        foreach (var state in Enumerable.Repeat(states, Repeats).SelectMany(all => all))
        {
            var body = Body(way, name, before, state, version);
            bytes += Encoding.UTF8.GetByteCount(body.ToJsonString());
            version = (await cluster.Nodes.PatchAsync(key, body, way == Way.ApplyWhole ? PatchKind.Apply : PatchKind.Merge, "status", cancellationToken)).Metadata.ResourceVersion;
            before = state;
        }

        return bytes;
    }

    private static JsonObject Body(Way way, string name, JsonObject? before, JsonObject state, string? version) => way switch
    {
        Way.ApplyWhole => new JsonObject
        {
            ["apiVersion"] = ApiGroup.ApiVersion,
            ["kind"] = "Node",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["status"] = state.DeepClone(),
        },
        // What is in the old state alone must be taken away, or the result would be another one than with the other ways.
        Way.MergeWhole => WithVersion(Removals(before, state), version),
        _ => WithVersion(StatusPatch.Diff(before, state) ?? [], version),
    };

    private static JsonObject WithVersion(JsonObject status, string? version) =>
        new() { ["metadata"] = new JsonObject { ["resourceVersion"] = version }, ["status"] = status };

    private static JsonObject Removals(JsonObject? before, JsonObject state)
    {
        var whole = state.DeepClone().AsObject();
        foreach (var name in before?.Select(pair => pair.Key).Where(name => !state.ContainsKey(name)) ?? [])
            whole[name] = null;
        return whole;
    }

    private static string Name(Way way) => way switch
    {
        Way.MergeDifference => "merge patch of the difference",
        Way.MergeWhole => "merge patch of the whole status",
        _ => "server-side apply",
    };

    private static double Median(IReadOnlyList<Measurement> all, Func<Measurement, double> figure) => all.Select(figure).Order().ElementAt(all.Count / 2);

    private sealed record Measurement(int Writes, double CpuSeconds, double WallSeconds, double Bytes, double ObjectBytes);
}
