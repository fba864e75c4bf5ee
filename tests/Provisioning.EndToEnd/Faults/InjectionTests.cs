using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.EndToEnd.Bed;
using Provisioning.EndToEnd.Services;

namespace Provisioning.EndToEnd.Faults;

/// <summary>
/// Names, addresses and paths that a shell, ssh or a terminal would take for more than a value, through the engines Lab, Configuration and Libvirt to a real machine and real hosts. The API server
/// refuses each of them; and on one that refuses nothing, none of them is run anywhere.
/// </summary>
/// <param name="bed">The bed.</param>
[Collection(OwnBedTests.Name)]
public sealed class InjectionTests(OwnBed bed)
{
    private static readonly Field[] Fields =
    [
        new("Node", ProvisionerType.Lab, "spec.operatingSystem.address"), new("Node", ProvisionerType.Lab, "spec.operatingSystem.user"), new("Node", ProvisionerType.Lab, "spec.hardware.macAddress"),
        new("Node", ProvisionerType.Lab, "spec.machineName"), new("Node", ProvisionerType.Lab, "spec.operatingSystem.hooks.0.name"), new("Node", ProvisionerType.Lab, "spec.operatingSystem.hooks.0.key"),
        new("Image", ProvisionerType.Lab, "spec.revision"), new("Image", ProvisionerType.Lab, "spec.fileName"), new("Provisioner", ProvisionerType.Lab, "spec.lab.wakeOnLanAddress"),
        new("Node", ProvisionerType.Configuration, "spec.machineName"), new("Image", ProvisionerType.Configuration, "spec.revision"), new("Image", ProvisionerType.Configuration, "spec.fileName"),
        new("Provisioner", ProvisionerType.Configuration, "spec.configuration.address"), new("Provisioner", ProvisionerType.Configuration, "spec.configuration.user"),
        new("Provisioner", ProvisionerType.Configuration, "spec.configuration.imageDirectory"), new("Provisioner", ProvisionerType.Configuration, "spec.configuration.workDirectory"),
        new("Provisioner", ProvisionerType.Configuration, "spec.configuration.files.0"),
        new("Provisioner", ProvisionerType.Libvirt, "spec.libvirt.address"), new("Provisioner", ProvisionerType.Libvirt, "spec.libvirt.user"), new("Provisioner", ProvisionerType.Libvirt, "spec.libvirt.uri"),
        new("Provisioner", ProvisionerType.Libvirt, "spec.libvirt.imageDirectory"), new("Provisioner", ProvisionerType.Libvirt, "spec.libvirt.machineDirectory"),
        new("Provisioner", ProvisionerType.Libvirt, "spec.libvirt.installation"), new("Node", ProvisionerType.Libvirt, "spec.hardware.interfaces.0.source"),
        new("Image", ProvisionerType.Libvirt, "spec.fileName"),
    ];

    private readonly FaultReport _report = new();
    private readonly string _mark = $"/tmp/injected-{Guid.NewGuid():N}";

    private string[] Attempts =>
        [$"$(touch {_mark})", $"`touch {_mark}`", $"'; touch {_mark}; '", $"x\ntouch {_mark}\n", $"-oProxyCommand=touch {_mark}", $"../../..{_mark}", "\u001b[2J\u001b]0;owned\u0007\u202e", AllInOne];

    /// <summary>Gets out of every quoting that a shell knows.</summary>
    private string AllInOne => $"x'\"`touch {_mark}`$(touch {_mark});touch {_mark}\ntouch {_mark}\n'\"\u001b[2J\u001b]0;owned\u0007\u202e";

    /// <summary>An engine at a time: every Provisioner of a namespace is asked for every Image.</summary>
    [Theory]
    [InlineData(ProvisionerType.Lab)]
    [InlineData(ProvisionerType.Configuration)]
    [InlineData(ProvisionerType.Libvirt)]
    public async Task Each_is_refused_and_where_nothing_is_refused_none_is_run(ProvisionerType engine)
    {
        await AssertTrapWorksAsync();
        await using var lab = await bed.NewLabAsync("inject", bed.Alone);
        await using var site = new WebSite();
        await site.StartAsync(lab);
        await lab.Kubectl.RunAsync("create", "configmap", "hooks", "--from-literal=site.sh=:");
        // What one of them writes must not keep the next one from getting as far.
        var fields = Fields.Where(field => field.Engine == engine).ToList();
        var machines = await Task.WhenAll(fields.Where(field => field.Engine == ProvisionerType.Lab).Select(_ => NewMachineAsync()));
        try
        {
            for (var i = 0; i < machines.Length; i++)
                await LabRoom.ApplyLoginAsync(lab, machines[i], $"login-{i}");
            List<Case> cases = [.. fields.SelectMany((field, number) => Attempts.Select((attempt, index) => NewCase($"try-{number}-{index}", field, attempt, machines.ElementAtOrDefault(number), $"login-{number}", site, lab)))];
            var refused = await lab.Kubectl.TryAsync(ListOf(cases), "create", "-f", "-");
            Assert.Equal([], cases.Where(item => !refused.Error.Contains($"\"{item.Name}\" is invalid", StringComparison.Ordinal)).Select(item => $"{item.Name} is taken: {item.What}"));
            await DeleteAttemptsAsync(lab);

            _report.Injected(Fault.Injected);
            await AssertHarmlessAsync(lab, ListOf(cases.Where(item => item.Attempt == AllInOne)));
            Assert.False(File.Exists(_mark), $"On the host of the configuration, or on that of the operator, {_mark} was made.");
            Assert.All(machines, machine => Assert.False(File.Exists(machine.PathOf(_mark)), $"On the machine {_mark} was made."));
            Assert.True(bed.Alone.IsRunning);
            _report.Survived();
        }
        finally
        {
            foreach (var machine in machines)
                await machine.DisposeAsync();
        }
    }

    private async Task AssertHarmlessAsync(Lab lab, string objects)
    {
        await using var schemas = new Schemas(bed.Server.Admin);
        await schemas.RelaxAsync();
        await lab.UntilAsync("the API server takes everything", async () => (await lab.Kubectl.TryAsync(objects, "apply", "-f", "-")).ExitCode == 0, TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(2));
        await lab.UntilAsync("every Node says something", async () => (await NodesAsync(lab)).All(node => Verdict(node) is not null));
        await lab.Kubectl.ApplyAsync(WebSite.NewNode(null));
        await lab.UntilReadyAsync("shop");

        var nodes = await NodesAsync(lab);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', nodes.Select(node => $"{node.Metadata.Name}: {Verdict(node)}")));
        await Screens.AssertWordsHarmlessAsync(lab);
        await DeleteAttemptsAsync(lab);
    }

    private static async Task DeleteAttemptsAsync(Lab lab)
    {
        await lab.Kubectl.RunAsync("delete", "pn,pimg,pprov", "-l", "attempt", "--wait=false");
        await lab.UntilAsync("the attempts are gone", async () => await lab.Kubectl.RunAsync("get", "pn,pimg,pprov", "-l", "attempt", "-o", "name") is "", TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(2));
    }

    private static string ListOf(IEnumerable<Case> cases) =>
        new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. cases.SelectMany(item => item.Objects).Select(item => item.DeepClone())]) }.ToJsonString();

    private static async Task<LabMachine> NewMachineAsync()
    {
        var machine = new LabMachine();
        await machine.PrepareAsync();
        return machine;
    }

    /// <summary>What the operator says of a Node in the end; null while it has not yet come as far as the value.</summary>
    private static string? Verdict(Node node) => node switch
    {
        _ when node.Condition("Ready") is { Reason: Reasons.ImageFetching } => null,
        { Status.Retry: { Reason.Length: > 0 } retry } => $"retrying {retry.Reason}: {retry.Message}",
        _ when node.Condition("Stalled") is { Status: ConditionStatus.True } stalled => $"Stalled {stalled.Reason}",
        _ when node.Condition("Ready") is { Status: ConditionStatus.True } => "Ready",
        _ when node.Condition("Ready") is { Status: ConditionStatus.Unknown } unknown => $"Unknown {unknown.Reason}",
        { Status.Operation: { } operation } => $"in {operation.Kind}: {operation.Step}",
        _ => null,
    };

    private static async Task<List<Node>> NodesAsync(Lab lab)
    {
        using var list = JsonDocument.Parse(await lab.Kubectl.RunAsync("get", "pn", "-l", "attempt", "-o", "json"));
        return [.. list.RootElement.GetProperty("items").EnumerateArray().Select(item => item.Deserialize(ApiJsonContext.Default.Node)!)];
    }

    private async Task AssertTrapWorksAsync()
    {
        await Programs.RunAsync("sh", ["-c", $"echo {Attempts[0]}"]);
        Assert.True(File.Exists(_mark), "An attempt that a shell reads must be noticed.");
        File.Delete(_mark);
    }

    private static Case NewCase(string name, Field field, string attempt, LabMachine? machine, string login, WebSite site, Lab lab)
    {
        IKubernetesEntity[] objects = field.Engine switch
        {
            ProvisionerType.Lab => [LabRoom.NewProvisioner(machine!), LabRoom.NewImage("lab-2027"), LabRoom.NewNode("pc", machine!, login)],
            ProvisionerType.Libvirt => [lab.NewProvisioner(), lab.NewImage("tiny-a"), lab.NewNode(name, "tiny-a")],
            _ => [site.NewProvisioner(), WebSite.NewImageOf("golden"), WebSite.NewNode("golden")],
        };
        var nodes = objects.Select(item => JsonSerializer.SerializeToNode(item, ApiJsonContext.Default.GetTypeInfo(item.GetType())!)!.AsObject()).ToArray();
        foreach (var item in nodes)
            item["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["attempt"] = "yes" } };
        var spec = nodes[2]["spec"]!;
        spec["provisionerRef"]!["name"] = name;
        spec["imageRef"]!["name"] = name;
        if (field.Path.Contains("hooks", StringComparison.Ordinal))
            spec["operatingSystem"]!["hooks"] = new JsonArray(new JsonObject { ["name"] = "site", ["stage"] = "PostLoad", ["configMapRef"] = new JsonObject { ["name"] = "hooks" }, ["key"] = "site.sh" });
        if (field.Path.EndsWith(".source", StringComparison.Ordinal))
            spec["hardware"]!["interfaces"] = new JsonArray(new JsonObject { ["name"] = "net0", ["type"] = "Network" });
        var value = field.IsPath ? $"{(field.Engine == ProvisionerType.Libvirt ? lab.Host["HOME"] : site.Root)}/{attempt}" : attempt;
        Set(nodes.Single(item => (string)item["kind"]! == field.Kind), field.Path.Split('.'), value);
        return new(name, attempt, $"{field.Kind} {field.Path} = {JsonValue.Create(value).ToJsonString()}", nodes);
    }

    private static void Set(JsonNode node, string[] path, string value)
    {
        foreach (var step in path[..^1])
            node = int.TryParse(step, out var index) ? node[index]! : node[step]!;
        if (int.TryParse(path[^1], out var last))
            node[last] = value;
        else
            node[path[^1]] = value;
    }

    /// <param name="Kind">Kind of the object.</param>
    /// <param name="Engine">Engine that works for the Node.</param>
    /// <param name="Path">Where the value is.</param>
    private sealed record Field(string Kind, ProvisionerType Engine, string Path)
    {
        public bool IsPath => Path.Contains("Directory", StringComparison.Ordinal) || Path.Contains("files", StringComparison.Ordinal);
    }

    /// <param name="Name">Name of its objects.</param>
    /// <param name="Attempt">What is injected.</param>
    /// <param name="What">The field and its value.</param>
    /// <param name="Objects">A Provisioner, an Image and a Node.</param>
    private sealed record Case(string Name, string Attempt, string What, JsonObject[] Objects);
}
