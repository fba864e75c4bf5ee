using System.Diagnostics;
using Provisioning.Api.Provisioners;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Limits;

/// <summary>One host that several Provisioners name: of two engines, and with two users.</summary>
/// <param name="bed">The bed.</param>
public sealed class SharedHostTests(TestBed bed)
{
    private const int Limit = 2;

    private static readonly string[] Provisioners = ["host", "twin", "files"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_of_them_together_have_no_more_sessions_than_the_smallest_limit_says_and_none_is_kept_waiting()
    {
        await using var lab = await bed.NewLabAsync("shared");
        await using var way = new CountedWayIn(lab.Host);
        await way.StartAsync();
        await lab.Kubectl.ApplyAsync(Coming(lab.NewProvisioner(), "host", way, Limit));
        await lab.Kubectl.ApplyAsync(Coming(lab.NewProvisioner(), "twin", way, Limit + 1));
        await lab.Kubectl.ApplyAsync(Coming(NewFiles(lab), "files", way, Limit + 2));
        await lab.Kubectl.ApplyAsync(string.Join("\n---\n", Enumerable.Range(0, 51).Select(NewNode)));

        var (clock, most, begun) = (Stopwatch.StartNew(), 0, new Dictionary<string, int>());
        while (clock.Elapsed < TimeSpan.FromSeconds(4) || begun.Values.DefaultIfEmpty().Min() < 10)
        {
            most = Math.Max(most, way.Connections());
            await Task.Delay(2, Token);
            begun = new((await way.CommandsAsync()).Begun);
            Assert.True(clock.Elapsed < Lab.Patience, $"Not all Provisioners of the host are served: {string.Join(", ", begun)}\n{await lab.DescribeAsync("node-0")}");
        }

        foreach (var name in Provisioners)
            await lab.UntilAsync($"the Provisioner {name} is Ready", async () => (await lab.Kubectl.ProvisionerAsync(name))!.Status?.Conditions.Any(condition => condition is { Type: "Ready", Status: Api.Meta.ConditionStatus.True }) == true);
        var commands = await way.CommandsAsync();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"51 Nodes of 3 Provisioners with the limits 2, 3 and 4: at most {most} connections and {commands.MostAtOnce} commands at once; commands by user: {string.Join(", ", commands.Begun)}");
        Assert.Equal(Limit, commands.MostAtOnce);
        Assert.Equal(Limit, most);

        // Nothing is made on the host, so nothing needs to be undone there.
        await lab.Kubectl.RunAsync("delete", "pn", "--all", "--wait=false");
    }

    private static Provisioner Coming(Provisioner provisioner, string name, CountedWayIn way, int limit)
    {
        provisioner.Metadata.Name = name;
        var host = provisioner.Spec.Host!;
        (host.Address, host.Port) = (way.Address, way.Port);
        provisioner.Spec.Limits.Sessions = limit;
        provisioner.Spec.Timeouts.ObserveSeconds = 1;
        return provisioner;
    }

    /// <summary>Files on the same host, for root.</summary>
    private static Provisioner NewFiles(Lab lab) => new()
    {
        Spec = new()
        {
            Type = ProvisionerType.Configuration,
            Configuration = new()
            {
                User = "root",
                CredentialsSecretRef = new() { Name = "host-login" },
                HostKeys = [lab.Host["HOST_KEY"]],
                ImageDirectory = $"{lab.Host["HOME"]}/configurations",
                WorkDirectory = $"{lab.Host["HOME"]}/services",
                Files = [$"{lab.Host["HOME"]}/{{machine}}.conf"],
            },
        },
    };

    private static string NewNode(int number) =>
        $$"""
        apiVersion: provisioning.dev/v1alpha1
        kind: Node
        metadata: {name: node-{{number}}}
        spec: {operatingSystem: {type: None}, provisionerRef: {name: {{Provisioners[number % 3]}} } }
        """;
}
