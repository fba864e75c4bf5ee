using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;
using Provisioning.EndToEnd.Services;

namespace Provisioning.EndToEnd.Faults;

/// <summary>
/// Names, addresses and paths that a shell, ssh or a terminal would take for more than a value, through the engines Lab and Configuration to a real machine and a real host. The API server
/// refuses each of them; and on one that refuses nothing, none of them is run anywhere.
/// </summary>
/// <param name="bed">The bed.</param>
[Collection(OwnBedTests.Name)]
public sealed class InjectionTests(OwnBed bed)
{
    private static readonly (string Kind, string Engine, string Field)[] Fields =
    [
        ("Node", "lab", "spec.operatingSystem.address"), ("Node", "lab", "spec.operatingSystem.user"), ("Node", "lab", "spec.hardware.macAddress"), ("Node", "lab", "spec.machineName"),
        ("Node", "lab", "spec.operatingSystem.hooks.0.name"), ("Node", "lab", "spec.operatingSystem.hooks.0.key"), ("Image", "lab", "spec.revision"), ("Image", "lab", "spec.fileName"),
        ("Node", "web", "spec.machineName"), ("Image", "web", "spec.revision"), ("Image", "web", "spec.fileName"),
        ("Provisioner", "web", "spec.configuration.address"), ("Provisioner", "web", "spec.configuration.user"), ("Provisioner", "web", "spec.configuration.imageDirectory"),
        ("Provisioner", "web", "spec.configuration.workDirectory"), ("Provisioner", "web", "spec.configuration.files.0"), ("Provisioner", "lab", "spec.lab.wakeOnLanAddress"),
    ];

    private readonly FaultReport _report = new();
    private readonly string _mark = $"/tmp/injected-{Guid.NewGuid():N}";

    private string[] Attempts =>
        [$"$(touch {_mark})", $"`touch {_mark}`", $"'; touch {_mark}; '", $"x\ntouch {_mark}\n", $"-oProxyCommand=touch {_mark}", $"../../..{_mark}", "\u001b[2J\u001b]0;owned\u0007\u202e"];

    [Fact]
    public async Task Each_is_refused_and_where_nothing_is_refused_none_is_run()
    {
        await AssertTrapWorksAsync();
        await using var lab = await bed.NewLabAsync("inject", bed.Alone);
        await using var machine = new LabMachine();
        await machine.PrepareAsync();
        await using var site = new WebSite();
        await site.StartAsync(lab);
        await LabRoom.ApplyAsync(lab, machine);
        await lab.Kubectl.RunAsync("create", "configmap", "hooks", "--from-literal=site.sh=:");
        var cases = Cases(machine, site);
        var attempts = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. cases.SelectMany(item => item.Objects)]) }.ToJsonString();

        var refused = await lab.Kubectl.TryAsync(attempts, "create", "-f", "-");
        Assert.Equal([], cases.Where(item => !refused.Error.Contains($"\"{item.Name}\" is invalid", StringComparison.Ordinal)).Select(item => $"{item.Name} is taken: {item.What}"));
        await lab.Kubectl.RunAsync("delete", "pn,pimg,pprov", "-l", "attempt");

        foreach (var _ in cases)
            _report.Injected(Fault.Injected);
        await using (var schemas = new Schemas(bed.Server.Admin))
        {
            await schemas.RelaxAsync();
            await lab.UntilAsync("the API server takes everything", async () => (await lab.Kubectl.TryAsync(attempts, "apply", "-f", "-")).ExitCode == 0, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(2));
            await lab.UntilAsync("every Node says something", async () => (await NodesAsync(lab)).All(node => Verdict(node) is not null), TimeSpan.FromMinutes(2));
            await lab.Kubectl.ApplyAsync(WebSite.NewNode(null));
            await lab.UntilReadyAsync("shop", TimeSpan.FromMinutes(1));
            await lab.UntilReadyAsync("pc-01", TimeSpan.FromMinutes(1));

            TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', (await NodesAsync(lab)).GroupBy(node => Verdict(node)!).Select(group => $"{group.Count(),4} {group.Key}")));
            await Screens.AssertHarmlessAsync(lab);
            await lab.Kubectl.RunAsync("delete", "pn,pimg,pprov", "-l", "attempt", "--timeout=60s");
        }

        Assert.False(File.Exists(_mark), $"On the host of the configuration, or on that of the operator, {_mark} was made.");
        Assert.False(File.Exists(machine.PathOf(_mark)), $"On the machine {_mark} was made.");
        Assert.True(bed.Alone.IsRunning);
        _report.Survived();
    }

    /// <summary>What the operator says of a Node in the end.</summary>
    private static string? Verdict(Node node) => node switch
    {
        _ when node.Condition("Stalled") is { Status: ConditionStatus.True } stalled => $"Stalled {stalled.Reason}",
        { Status.Retry: { } retry } => $"retrying {retry.Reason}",
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

    private List<Case> Cases(LabMachine machine, WebSite site) =>
    [
        .. from field in Fields
           from attempt in Attempts.Index()
           let name = $"{field.Engine}-{Array.IndexOf(Fields, field)}-{attempt.Index}"
           select NewCase(name, field, attempt.Item, machine, site),
    ];

    private static Case NewCase(string name, (string Kind, string Engine, string Field) field, string attempt, LabMachine machine, WebSite site)
    {
        var objects = field.Engine == "lab"
            ? (IKubernetesEntity[])[LabRoom.NewProvisioner(machine), LabRoom.NewImage("lab-2027"), LabRoom.NewNode("pc", machine)]
            : [site.NewProvisioner(), WebSite.NewImageOf("golden"), WebSite.NewNode("golden")];
        var nodes = objects.Select(item => JsonSerializer.SerializeToNode(item, ApiJsonContext.Default.GetTypeInfo(item.GetType())!)!.AsObject()).ToArray();
        foreach (var item in nodes)
            item["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["attempt"] = "yes" } };
        nodes[2]["spec"]!["provisionerRef"]!["name"] = name;
        nodes[2]["spec"]!["imageRef"]!["name"] = name;
        if (field.Field.Contains("hooks", StringComparison.Ordinal))
            nodes[2]["spec"]!["operatingSystem"]!["hooks"] = new JsonArray(new JsonObject { ["name"] = "site", ["stage"] = "PostLoad", ["configMapRef"] = new JsonObject { ["name"] = "hooks" }, ["key"] = "site.sh" });
        var target = nodes.Single(item => (string)item["kind"]! == field.Kind);
        var value = field.Field.Contains("Directory", StringComparison.Ordinal) || field.Field.Contains("files", StringComparison.Ordinal) ? $"{site.Root}/{attempt}" : attempt;
        Set(target, field.Field.Split('.'), value);
        return new(name, $"{field.Kind} {field.Field} = {JsonValue.Create(value).ToJsonString()}", nodes);
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

    /// <param name="Name">Name of its objects.</param>
    /// <param name="What">The field and its value.</param>
    /// <param name="Objects">A Provisioner, an Image and a Node.</param>
    private sealed record Case(string Name, string What, JsonObject[] Objects);
}
