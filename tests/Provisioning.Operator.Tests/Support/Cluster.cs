using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Operator.Tests.Support;

/// <summary>An API server on a real socket, a room of simulated machines, and the operators that a test starts on them.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    public static readonly FakeKind NodeKind = KindOf("Node", "nodes");
    public static readonly FakeKind ImageKind = KindOf("Image", "images");
    public static readonly FakeKind CaptureKind = KindOf("ImageCapture", "imagecaptures");
    public static readonly FakeKind ProvisionerKind = KindOf("Provisioner", "provisioners");
    public static readonly FakeKind SecretKind = FakeKind.BuiltIn.Single(kind => kind.Kind == "Secret");
    public static readonly FakeKind EventKind = FakeKind.BuiltIn.Single(kind => kind.Kind == "Event");

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<RunningOperator> _operators = [];

    private Cluster(FakeApiServer server, FastTime time) => (Server, Time, Room) = (server, time, new(time));

    public FakeApiServer Server { get; }

    public FastTime Time { get; }

    public SimulatedMachineRoom Room { get; }

    public FakeLogCollector Logs { get; } = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<Cluster> StartAsync(double speed = FastTime.Usual)
    {
        var time = new FastTime(speed);
        return new(await FakeApiServer.StartAsync([NodeKind, ImageKind, CaptureKind, ProvisionerKind], time), time);
    }

    /// <summary>An API server with a Provisioner and an Image, and one operator.</summary>
    public static async Task<Cluster> WithOperatorAsync(Provisioner? provisioner = null, EngineHooks? hooks = null, double speed = FastTime.Usual)
    {
        var cluster = await StartAsync(speed);
        cluster.Apply(provisioner ?? Samples.Provisioner());
        cluster.Apply(Samples.Image());
        await cluster.StartOperatorAsync(hooks);
        return cluster;
    }

    public async Task<RunningOperator> StartOperatorAsync(EngineHooks? hooks = null, Action<IServiceCollection>? more = null)
    {
        var running = await RunningOperator.StartAsync(this, hooks ?? new(), more);
        _operators.Add(running);
        return running;
    }

    public void Apply(Node node) => Server.Put(NodeKind, JsonSerializer.Serialize(node, ApiJsonContext.Default.Node));

    public void Apply(Image image) => Server.Put(ImageKind, JsonSerializer.Serialize(image, ApiJsonContext.Default.Image));

    public void Apply(ImageCapture capture) => Server.Put(CaptureKind, JsonSerializer.Serialize(capture, ApiJsonContext.Default.ImageCapture));

    public void Apply(Provisioner provisioner) => Server.Put(ProvisionerKind, JsonSerializer.Serialize(provisioner, ApiJsonContext.Default.Provisioner));

    public void ApplySecret(string name = "login", string password = "open sesame") => Server.Put(SecretKind, new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Samples.Namespace },
        ["data"] = new JsonObject { ["password"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(password)) },
    }.ToJsonString());

    /// <summary>Changes the spec of a Node as kubectl does: the rest stays.</summary>
    public void Edit(string node, Action<NodeSpec> change) => Server.Change(NodeKind, Samples.Namespace, node, json =>
    {
        var typed = json.Deserialize(ApiJsonContext.Default.Node)!;
        change(typed.Spec);
        json["spec"] = JsonSerializer.SerializeToNode(typed, ApiJsonContext.Default.Node)!["spec"]!.DeepClone();
    });

    public void Delete(FakeKind kind, string name) => Server.Delete(kind, Samples.Namespace, name);

    public Node? Node(string name = "n1") => Server.Find(NodeKind, Samples.Namespace, name)?.Deserialize(ApiJsonContext.Default.Node);

    public Image? Image(string name = "debian") => Server.Find(ImageKind, Samples.Namespace, name)?.Deserialize(ApiJsonContext.Default.Image);

    public ImageCapture? Capture(string name = "take") => Server.Find(CaptureKind, Samples.Namespace, name)?.Deserialize(ApiJsonContext.Default.ImageCapture);

    public Provisioner? Provisioner(string name = "room") => Server.Find(ProvisionerKind, Samples.Namespace, name)?.Deserialize(ApiJsonContext.Default.Provisioner);

    public SimulatedMachine Machine(string name = "n1") => Room.Machine(Samples.Namespace, name);

    /// <summary>Effects on machines, as VERB/STEP.</summary>
    public IReadOnlyList<string> Effects(string machine = "n1") =>
        [.. Room.Effects.Where(effect => effect.Machine == machine).Select(effect => $"{effect.Verb}/{effect.Step}")];

    /// <summary>Waits until something is so.</summary>
    public async Task UntilAsync(Func<bool> isSo, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
                Assert.Fail($"Not within {Patience}: {what}. {Describe()}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancel);
        }
    }

    public Task UntilNodeAsync(Func<Node, bool> isSo, string what, string name = "n1") => UntilAsync(() => Node(name) is { } node && isSo(node), $"Node {name}: {what}");

    public Task UntilReadyAsync(string name = "n1") => UntilNodeAsync(IsReady, "Ready for its generation", name);

    public Task UntilReasonAsync(string type, string reason, string name = "n1") =>
        UntilNodeAsync(node => Condition(node.Status?.Conditions, type)?.Reason == reason, $"{type} with reason {reason}", name);

    public Task UntilGoneAsync(FakeKind kind, string name) => UntilAsync(() => Server.Find(kind, Samples.Namespace, name) is null, $"{kind.Kind} {name} gone");

    /// <summary>Sets the time of day ahead, a minute at a time, until a wait is over: so loads that take long enough to be caught in their middle, however busy the machine is, need not be waited for.</summary>
    public async Task HurryAsync(Task wait)
    {
        while (await Task.WhenAny(wait, Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System, Cancel)) != wait)
            Time.Jump(TimeSpan.FromMinutes(1));
        await wait;
    }

    /// <summary>Waits until every Image and Provisioner has been looked at, so that no write of those is still to come.</summary>
    public Task UntilLookedAtAsync() => UntilAsync(
        () => Server.List(ImageKind).Concat(Server.List(ProvisionerKind)).All(item => item["status"]?["conditions"] is JsonArray { Count: > 0 }), "every Image and Provisioner looked at");

    /// <summary>Waits until so many looks more have been taken.</summary>
    public async Task UntilLooksAsync(EngineHooks hooks, int more)
    {
        var before = hooks.Looks;
        await UntilAsync(() => hooks.Looks >= before + more, $"{more} more looks");
    }

    public static bool IsReady(Node node) =>
        node.Status is { } status && status.ObservedGeneration == node.Metadata.Generation && status.Operation is null
        && Condition(status.Conditions, "Ready")?.Status == ConditionStatus.True && Condition(status.Conditions, "Reconciling") is null;

    public static Condition? Condition(IList<Condition>? conditions, string type) => conditions?.FirstOrDefault(condition => condition.Type == type);

    public Condition? Condition(string type, string node = "n1") => Condition(Node(node)?.Status?.Conditions, type);

    /// <summary>Writes of operators, by what they were: PATCH nodes/status and so on. Events are only those about Nodes.</summary>
    public IReadOnlyList<string> Writes(string? name = null) =>
    [
        .. Server.Requests.All
            .Where(call => call.Verb is "create" or "update" or "patch" or "delete" && (name is null || call.Name == name || (call.Resource == "events" && call.Verb == "create")))
            .Select(call => $"{call.Verb} {call.Resource}"),
    ];

    public IReadOnlyList<JsonObject> Events(string? reason = null) =>
        [.. Server.List(EventKind).Where(item => reason is null || (string?)item["reason"] == reason)];

    public async ValueTask DisposeAsync()
    {
        foreach (var running in _operators)
            await running.DisposeAsync();
        await Server.DisposeAsync();
    }

    private string Describe()
    {
        var nodes = Server.List(NodeKind).Concat(Server.List(CaptureKind)).Concat(Server.List(ImageKind)).Select(item => item.ToJsonString());
        var logs = Logs.GetSnapshot().Where(record => record.Level >= LogLevel.Warning).TakeLast(10).Select(record => $"{record.Level} {record.Message} {record.Exception}");
        return $"{string.Join("\n", nodes)}\nEffects: {string.Join(", ", Room.Effects)}\nLogs: {string.Join("\n", logs)}";
    }

    private static FakeKind KindOf(string kind, string plural) => new(ApiGroup.Name, ApiGroup.Version, kind, plural);
}
