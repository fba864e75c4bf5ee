using System.Text.Json.Nodes;

namespace Provisioning.Cli.Tests.Running;

/// <summary>The commands against a real API server, the running operator and simulated machines.</summary>
public sealed class CommandsTests(RunningCluster cluster) : IClassFixture<RunningCluster>
{
    [Fact]
    public async Task A_machine_is_loaded_looked_at_and_switched()
    {
        await cluster.ReadyNodeAsync("life");
        Assert.Contains("life   True    AsDeclared   web-1     web-1     On", (await cluster.RunAsync("nodes life")).Succeeded(), StringComparison.Ordinal);

        var asked = await cluster.RunAsync("load life --image web-2");
        Assert.Equal((1, ""), (asked.ExitCode, asked.Output));
        Assert.Equal("error: All that is on the disk of life (web-1) is lost when web-2 revision 2 is loaded. There is no terminal to ask at: add --yes if that is meant.\n", asked.Error);

        var loaded = await cluster.RunAsync("load life --image web-2 --yes --wait --timeout 300s");
        Assert.Equal("life: imageRef is web-2\nlife: The machine is as declared.\n", loaded.Succeeded());
        Assert.Contains("already", (await cluster.RunAsync("load life --image web-2")).Succeeded(), StringComparison.Ordinal);
        Assert.Contains("Load web-2 Succeeded", (await cluster.RunAsync("describe life")).Succeeded(), StringComparison.Ordinal);

        Assert.Equal("life: powerState is PoweredOff\nlife: The machine is off, as declared.\n", (await cluster.RunAsync("power off life --wait --timeout 300s")).Succeeded());
        Assert.StartsWith("error: life is off, so there is nothing to reset.", (await cluster.RunAsync("power reset life")).Error, StringComparison.Ordinal);
        (await cluster.RunAsync("power on life --wait --timeout 300s")).Succeeded();
        Assert.EndsWith("life: The machine was reset.\n", (await cluster.RunAsync("power reset life --wait --timeout 300s")).Succeeded(), StringComparison.Ordinal);
        Assert.StartsWith("life is ready: AsDeclared.", (await cluster.RunAsync("why life")).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_pending_is_approved_by_its_id_alone()
    {
        await cluster.ReadyNodeAsync("safe", """, "changePolicy": "Approve" """);
        var waited = await cluster.RunAsync("load safe --image web-2 --wait --timeout 300s");
        Assert.Equal(1, waited.ExitCode);
        Assert.Contains("error: safe: PendingApproval: Load of web-2 revision 2", waited.Error, StringComparison.Ordinal);

        var plan = (await JsonAsync("nodes safe"))["status"]!["pendingPlan"]!["id"]!.GetValue<string>();
        Assert.Contains($"that is {plan}, Load of web-2", (await cluster.RunAsync("approve safe --plan load-0123456789abcdef")).Error, StringComparison.Ordinal);
        Assert.Contains("add --yes", (await cluster.RunAsync("approve safe")).Error, StringComparison.Ordinal);
        Assert.EndsWith("safe: The machine is as declared.\n", (await cluster.RunAsync($"approve safe --plan {plan} --wait --timeout 300s")).Succeeded(), StringComparison.Ordinal);
        Assert.Contains("Nothing waits for an approval on safe.", (await cluster.RunAsync("approve safe --yes")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_tells_what_apply_would_do_and_changes_nothing()
    {
        await cluster.ReadyNodeAsync("planned");
        var before = (await JsonAsync("nodes planned"))["metadata"]!["resourceVersion"]!.GetValue<string>();

        Assert.Equal(0, (await PlanAsync(RunningCluster.Node("planned", "web-1"))).ExitCode);
        Assert.Equal(2, (await PlanAsync(RunningCluster.Node("planned", "web-1").Replace("PoweredOn", "PoweredOff", StringComparison.Ordinal))).ExitCode);
        var destroys = await PlanAsync(RunningCluster.Node("planned", "web-2"));
        Assert.Equal(3, destroys.ExitCode);
        Assert.Contains("planned   configured   Load web-2     yes         Loading web-2: web-1 revision 1 is on the machine, web-2 revision 2 is wanted.", destroys.Output, StringComparison.Ordinal);
        Assert.Equal(3, (await PlanAsync(RunningCluster.Node("not-there-yet", "web-2"))).ExitCode);

        var refused = await PlanAsync(RunningCluster.Node("planned", "web-1").Replace("PoweredOn", "On", StringComparison.Ordinal));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"The API server would refuse Node {cluster.Namespace}/planned: spec.powerState", refused.Error, StringComparison.Ordinal);
        Assert.Equal(before, (await JsonAsync("nodes planned"))["metadata"]!["resourceVersion"]!.GetValue<string>());
        Assert.Equal("", (await cluster.KubectlAsync(null, "get", "pn", "not-there-yet", "--ignore-not-found", "-o", "name")).Succeeded());
    }

    [Fact]
    public async Task The_plan_of_a_file_is_what_then_waits_for_an_approval()
    {
        await cluster.ReadyNodeAsync("foretold", """, "changePolicy": "Approve" """);
        var changed = RunningCluster.Node("foretold", "web-2", """, "changePolicy": "Approve" """);
        var plan = JsonNode.Parse((await cluster.RunAsync("plan -f - -o json", changed)).Output)!;
        Assert.Equal((2, "Change"), ((int)plan["exitCode"]!, (string)plan["machines"]![0]!["effect"]!));

        (await cluster.KubectlAsync(changed, "apply", "-f", "-")).Succeeded();
        Assert.Equal(1, (await cluster.RunAsync("wait foretold --timeout 300s")).ExitCode);
        Assert.Equal((string)plan["machines"]![0]!["plan"]!, (string)(await JsonAsync("nodes foretold"))["status"]!["pendingPlan"]!["id"]!);
    }

    [Fact]
    public async Task A_machine_is_captured_and_the_image_shown()
    {
        await cluster.ReadyNodeAsync("source");
        var captured = await cluster.RunAsync("capture source --image golden --wait --timeout 300s");
        Assert.EndsWith("golden: The Image golden is captured and verified.\n", captured.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("golden", (await cluster.RunAsync("images")).Succeeded(), StringComparison.Ordinal);
        Assert.StartsWith("error: An Image golden exists already", (await cluster.RunAsync("capture source --image golden")).Error, StringComparison.Ordinal);
        Assert.StartsWith("error: An ImageCapture golden exists already", (await cluster.RunAsync("capture source --image other --name golden")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_machine_is_left_alone_until_it_is_resumed()
    {
        await cluster.ReadyNodeAsync("still");
        Assert.StartsWith("still: paused.", (await cluster.RunAsync("pause still")).Succeeded(), StringComparison.Ordinal);
        Assert.Contains("The Node is paused, so nothing follows yet", (await cluster.RunAsync("power off still")).Succeeded(), StringComparison.Ordinal);
        var waited = await cluster.RunAsync("wait still --timeout 300s");
        Assert.Equal((1, "error: still: Paused: The Node is paused, so nothing is known of the machine."), (waited.ExitCode, waited.Error.TrimEnd('\n').Split('\n')[^1]));
        Assert.Equal("still: managed again\n", (await cluster.RunAsync("resume still")).Succeeded());
        (await cluster.RunAsync("wait still --timeout 300s")).Succeeded();
    }

    [Fact]
    public async Task Names_labels_formats_and_completion()
    {
        await cluster.ReadyNodeAsync("formats");
        Assert.Equal("nodes.provisioning.dev/formats\n", (await cluster.RunAsync("nodes -l test=formats -o name")).Succeeded());
        Assert.StartsWith("kind: Node\napiVersion: provisioning.dev/v1alpha1\n", (await cluster.RunAsync("nodes formats -o yaml")).Succeeded(), StringComparison.Ordinal);
        Assert.Equal("List", (string)(await JsonAsync("nodes -l test=formats"))["kind"]!);
        Assert.Contains("No Nodes found", (await cluster.RunAsync("nodes -l test=nobody")).Error, StringComparison.Ordinal);
        Assert.Contains("error: There is no Node nobody in the namespace", (await cluster.RunAsync("nodes nobody")).Error, StringComparison.Ordinal);
        Assert.StartsWith("error: The API server refused", (await cluster.RunAsync("nodes -l =a=b")).Error, StringComparison.Ordinal);

        // The words that are completed come last.
        using var output = new StringWriter();
        var terminal = new Terminal { Output = output, Error = TextWriter.Null, Input = TextReader.Null, Environment = new Dictionary<string, string> { ["KUBECONFIG"] = cluster.Kubeconfig } };
        await CommandLine.RunAsync(["__complete", "-n", cluster.Namespace, "describe", "form"], terminal, TimeProvider.System);
        Assert.Equal("formats\n:4\n", output.ToString());
    }

    [Fact]
    public async Task The_program_itself_watches_into_a_pipe_and_ends_when_it_is_interrupted()
    {
        await cluster.ReadyNodeAsync("watched");
        var program = SourceTree.Program("Provisioning.Cli", "kubectl-provision");
        // What is started in the background by a shell ignores interrupts, and so does what it starts.
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("env", ["--default-signal=INT", program, "nodes", "watched", "-w", "-n", cluster.Namespace])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["KUBECONFIG"] = cluster.Kubeconfig },
        })!;
        try
        {
            Assert.StartsWith("NAME", await LineAsync(process), StringComparison.Ordinal);
            Assert.StartsWith("watched   True", await LineAsync(process), StringComparison.Ordinal);
            (await cluster.RunAsync("power off watched")).Succeeded();
            Assert.StartsWith("watched ", await LineAsync(process), StringComparison.Ordinal);
            await Programs.SignalAsync(process.Id, "INT");
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            await process.WaitForExitAsync(limit.Token);
            Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync(limit.Token)));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static async Task<string> LineAsync(System.Diagnostics.Process process)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        return await process.StandardOutput.ReadLineAsync(limit.Token) ?? "";
    }

    private Task<ProgramResult> PlanAsync(string manifest) => cluster.RunAsync("plan -f -", manifest);

    private async Task<JsonNode> JsonAsync(string line) => JsonNode.Parse((await cluster.RunAsync($"{line} -o json")).Succeeded())!;
}
