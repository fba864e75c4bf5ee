using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Rest;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Tests.Support;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Operator.Tests.Running;

/// <summary>
/// The record of an operation got no answer, and the watch of Nodes is silent: what is seen does not tell whether the operation was recorded. Its place is given back only when the API server has told, or one more
/// operation than the limit would run.
/// </summary>
public sealed class SilentWatchTests : IAsyncLifetime
{
    private static readonly NamespacedName Room = new(Samples.Namespace, "room");
    private static readonly NamespacedName First = new(Samples.Namespace, "n1");
    private static readonly NamespacedName Second = new(Samples.Namespace, "n2");

    private Cluster _cluster = null!;
    private RunningOperator _operator = null!;
    private Node _seen = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private OperationLimiter Limiter => _operator.Services.GetRequiredService<OperationLimiter>();

    /// <summary>An operator with one place, which n1 has; of Nodes it sees no more than its first list.</summary>
    public async ValueTask InitializeAsync()
    {
        _cluster = await Cluster.StartAsync();
        _cluster.Apply(Samples.Provisioner(change: spec => spec.Limits.ConcurrentOperations = 1));
        _cluster.Apply(Samples.Node(image: null));
        _cluster.Server.Inject(new Fault.Freeze { Verb = "watch", Resource = "nodes", Times = 10_000 });
        _operator = await _cluster.StartOperatorAsync();
        await _cluster.UntilReadyAsync();
        _seen = _cluster.Node()!;
        Assert.Equal(0, Limiter.TryEnter(Room, First, 1));
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_place_whose_record_took_effect_unseen_is_kept()
    {
        AskedAgo(RecordedVersion.Patience);
        RecordOperation();
        await SettleDownAsync();
        Assert.Equal(1, Limiter.TryEnter(Room, Second, 1));
    }

    [Fact]
    public async Task A_place_whose_record_never_took_effect_is_given_back()
    {
        AskedAgo(RecordedVersion.Patience);
        await SettleDownAsync();
        Assert.Equal(0, Limiter.TryEnter(Room, Second, 1));
    }

    [Fact]
    public async Task A_place_of_a_node_that_is_gone_unseen_is_given_back()
    {
        AskedAgo(RecordedVersion.Patience);
        _cluster.Delete(Cluster.NodeKind, "n1");
        await SettleDownAsync();
        Assert.Equal(0, Limiter.TryEnter(Room, Second, 1));
    }

    [Fact]
    public async Task While_the_answer_can_still_come_the_place_is_kept_and_nobody_is_asked()
    {
        AskedAgo(TimeSpan.Zero);
        var asked = _cluster.Server.Requests.Count("patch", "nodes/status");
        await SettleDownAsync();
        Assert.Equal(1, Limiter.TryEnter(Room, Second, 1));
        Assert.Equal(asked, _cluster.Server.Requests.Count("patch", "nodes/status"));
    }

    [Fact]
    public async Task A_place_is_kept_while_the_api_server_does_not_tell()
    {
        AskedAgo(RecordedVersion.Patience);
        _cluster.Server.Inject(new Fault.Refuse(403, "Forbidden") { Verb = "patch", Resource = "nodes/status", Times = 10_000 });
        await SettleDownAsync();
        Assert.Equal(1, Limiter.TryEnter(Room, Second, 1));
    }

    /// <summary>The record was sent so long ago, to the Node as it was seen.</summary>
    private void AskedAgo(TimeSpan time) => Limiter.Record(
        Room, First, new(_seen.Metadata.ResourceVersion, AskedAt: _cluster.Time.GetTimestamp() - (long)(time.TotalSeconds * _cluster.Time.TimestampFrequency)));

    /// <summary>The record that got no answer took effect.</summary>
    private void RecordOperation()
    {
        var node = _cluster.Server.Find(Cluster.NodeKind, Samples.Namespace, "n1")!;
        var operation = new OperationStatus { Id = "op-1", Kind = OperationKind.PowerOn, Sequence = 1, StartedTime = _cluster.Time.GetUtcNow() };
        node["status"] = JsonSerializer.SerializeToNode(new Node { Status = new() { Operation = operation } }, ApiJsonContext.Default.Node)!["status"]!.DeepClone();
        _cluster.Server.Put(Cluster.NodeKind, node.ToJsonString());
    }

    /// <summary>What the controller does with the Node that it sees, where nothing is left to do.</summary>
    private async Task SettleDownAsync()
    {
        await using var work = await _operator.Services.GetRequiredService<NodeGatherer>().GatherAsync(_seen, Cancel);
        try
        {
            await _operator.Services.GetRequiredService<NodeActor>().ActAsync(work, new NodeDecision.Rest(Reasons.AsDeclared, "The machine is as declared."), Cancel);
        }
        catch (KubernetesApiException)
        {
            // Refused, or a conflict, since the Node that was seen is old: the controller would look again.
        }
    }
}
