using System.Net;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Targets;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;
using Provisioning.Operator.Engines;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Engines;

public sealed class HookReaderTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ReadingClient<ConfigMap> _client;
    private Func<Task<ConfigMap?>> _answer = () => Task.FromResult<ConfigMap?>(Map("1", ("run.sh", "echo 1")));

    public HookReaderTests() => _client = new(_ => _answer());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_without_hooks_reads_nothing()
    {
        var (hooks, version, obstacle) = await Reader().ReadAsync(Samples.Node(), Cancel);

        Assert.Empty(hooks);
        Assert.Equal(("", null, 0), (version, obstacle, _client.Reads));
    }

    [Fact]
    public async Task Hooks_come_in_their_order_with_their_programs_and_one_read_for_a_map()
    {
        _answer = () => Task.FromResult<ConfigMap?>(Map("7", ("run.sh", "echo 1"), ("other", "#!/bin/bash\necho 2")));
        var node = Node(Hook("b"), new() { Name = "a", Stage = HookStage.PreCapture, ConfigMapRef = { Name = "hooks" }, Key = "other", TimeoutSeconds = 5, FailurePolicy = HookFailurePolicy.Continue });

        var (hooks, version, obstacle) = await Reader().ReadAsync(node, Cancel);

        Assert.Null(obstacle);
        Assert.Equal(
            [
                new HookTarget { Name = "b", Stage = HookStage.PostLoad, Script = "echo 1", Timeout = TimeSpan.FromSeconds(300), FailurePolicy = HookFailurePolicy.Fail },
                new HookTarget { Name = "a", Stage = HookStage.PreCapture, Script = "#!/bin/bash\necho 2", Timeout = TimeSpan.FromSeconds(5), FailurePolicy = HookFailurePolicy.Continue },
            ],
            hooks);
        Assert.Equal(("/uid@7/uid@7", 1), (version, _client.Reads));
    }

    [Fact]
    public async Task A_map_that_changed_is_noticed()
    {
        var reader = Reader();
        var (_, before, _) = await reader.ReadAsync(Node(Hook("a")), Cancel);
        _answer = () => Task.FromResult<ConfigMap?>(Map("2", ("run.sh", "echo 2")));
        _time.Advance(FreshReads<ConfigMap>.Freshness);

        var (hooks, after, _) = await reader.ReadAsync(Node(Hook("a")), Cancel);

        Assert.NotEqual(before, after);
        Assert.Equal("echo 2", hooks.Single().Script);
    }

    public static TheoryData<string, ConfigMap?, string> Faults => new()
    {
        { "missing", null, "it does not exist. Create it: kubectl -n lab create configmap hooks --from-file=run.sh=FILE" },
        { "no key", Map("1", ("other", "x")), "it has no key run.sh" },
        { "no data", new ConfigMap { Metadata = new() { Name = "hooks" } }, "it has no key run.sh" },
        { "empty", Map("1", ("run.sh", " \n")), "its key run.sh is empty" },
        { "no text", new ConfigMap { BinaryData = new Dictionary<string, byte[]> { ["run.sh"] = [0xff] } }, "its key run.sh is no text" },
        { "too long", Map("1", ("run.sh", new string('ä', HookTarget.MaximumBytes / 2) + "x")), "its key run.sh has 65537 bytes, and a hook may have 65536" },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task What_is_no_program_is_an_obstacle_that_says_what_to_do(string fault, ConfigMap? map, string told)
    {
        _answer = () => Task.FromResult(map);

        var (hooks, _, obstacle) = await Reader().ReadAsync(Node(Hook("a")), Cancel);

        Assert.Empty(hooks);
        Assert.True((Reasons.HookInvalid, true) == (obstacle!.Reason, obstacle.NeedsPerson), fault);
        Assert.StartsWith("The hook a cannot be read from the ConfigMap hooks: ", obstacle.Message, StringComparison.Ordinal);
        Assert.Contains(told, obstacle.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_largest_program_is_taken()
    {
        _answer = () => Task.FromResult<ConfigMap?>(Map("1", ("run.sh", new string('x', HookTarget.MaximumBytes))));

        Assert.Null((await Reader().ReadAsync(Node(Hook("a")), Cancel)).Obstacle);
    }

    [Fact]
    public async Task A_map_that_may_not_be_read_is_an_obstacle_and_no_exception()
    {
        _answer = () => Task.FromException<ConfigMap?>(new KubernetesApiException(HttpStatusCode.Forbidden, "Forbidden", "configmaps \"hooks\" is forbidden"));

        var (_, _, obstacle) = await Reader().ReadAsync(Node(Hook("a")), Cancel);

        Assert.Contains("verb get on configmaps in namespace lab", obstacle!.Message, StringComparison.Ordinal);
    }

    private HookReader Reader() => new(_client, _time);

    private static Node Node(params HookSpec[] hooks) => Samples.Node(change: spec =>
    {
        Samples.Linux(spec);
        spec.OperatingSystem.Hooks = [.. hooks];
    });

    private static HookSpec Hook(string name) => new() { Name = name, Stage = HookStage.PostLoad, ConfigMapRef = { Name = "hooks" }, Key = "run.sh" };

    private static ConfigMap Map(string version, params (string Key, string Value)[] data) => new()
    {
        Metadata = new() { Name = "hooks", Namespace = "lab", Uid = "uid", ResourceVersion = version },
        Data = data.ToDictionary(pair => pair.Key, pair => pair.Value),
    };
}
