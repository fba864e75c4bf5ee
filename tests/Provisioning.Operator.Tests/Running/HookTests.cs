using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Provisioning.Api.Nodes;
using Provisioning.Operator.Tests.Support;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Operator.Tests.Running;

/// <summary>Hooks from ConfigMaps and policies for steps, through a running operator.</summary>
public sealed class HookTests
{
    private static readonly FakeKind ConfigMapKind = FakeKind.BuiltIn.Single(kind => kind.Kind == "ConfigMap");

    [Fact]
    public async Task A_missing_config_map_stalls_the_node_before_anything_is_done_and_its_program_reaches_the_engine()
    {
        var scripts = new ConcurrentBag<string>();
        await using var cluster = await Cluster.WithOperatorAsync(hooks: new() { Before = (_, context) => scripts.Add(string.Join('|', context.Node.Hooks.Select(hook => $"{hook.Name}:{hook.Script}"))) });
        cluster.ApplySecret();
        cluster.Apply(Samples.Node(change: spec =>
        {
            Samples.Linux(spec);
            spec.OperatingSystem.Hooks = [new() { Name = "register", Stage = HookStage.PostLoad, ConfigMapRef = { Name = "hooks" }, Key = "register.sh" }];
        }));

        await cluster.UntilReasonAsync("Stalled", "HookInvalid");
        Assert.Contains("kubectl -n lab create configmap hooks", cluster.Condition("Stalled")!.Message);
        Assert.Empty(cluster.Effects());

        cluster.Server.Put(ConfigMapKind, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "hooks", ["namespace"] = Samples.Namespace },
            ["data"] = new JsonObject { ["register.sh"] = "echo hello" },
        }.ToJsonString());
        await cluster.UntilReadyAsync();

        Assert.All(scripts, script => Assert.Equal("register:echo hello", script));
        Assert.NotEmpty(scripts);
    }

    [Fact]
    public async Task A_policy_for_a_step_that_there_is_not_stalls_the_node_with_the_names_that_there_are()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.ApplySecret();
        cluster.Apply(Samples.Node(change: spec =>
        {
            Samples.Linux(spec);
            spec.OperatingSystem.StepPolicies = [new() { Name = "page-file", FailurePolicy = StepFailurePolicy.Skip }];
        }));

        await cluster.UntilReasonAsync("Stalled", "InvalidSpec");

        Assert.Contains("the step page-file, which Linux does not have. It has privileges, ", cluster.Condition("Stalled")!.Message);
        cluster.Edit("n1", spec => spec.OperatingSystem.StepPolicies[0].Name = "hostname");
        await cluster.UntilReadyAsync();
    }
}
