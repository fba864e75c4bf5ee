using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Services;

/// <summary>The configuration of a service is captured on one host and put in place on another one, which has its own sshd, files and disk.</summary>
/// <param name="bed">The bed.</param>
public sealed class FetchedConfigurationTests(TestBed bed) : IAsyncLifetime
{
    private const string Golden = "golden";
    private const string Text = "interface=lan0\ndhcp-range=10.0.0.10,10.0.0.99\n";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly LabMachine _first = new();
    private readonly LabMachine _second = new();
    private Lab _lab = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _lab = await bed.NewLabAsync("fetchconf");
        foreach (var (host, name) in ((LabMachine, string)[])[(_first, "first"), (_second, "second")])
        {
            await host.PrepareAsync();
            Directory.CreateDirectory(host.PathOf("/etc/service"));
            await File.WriteAllTextAsync(host.PathOf("/login"), host.ClientKey, Token);
            await _lab.Kubectl.RunAsync("create", "secret", "generic", $"{name}-login", $"--from-file=ssh-privatekey={host.PathOf("/login")}");
            await _lab.Kubectl.ApplyAsync(Host(host, name));
            await _lab.Kubectl.ApplyAsync(new Node { Metadata = new() { Name = $"{name}-dhcp" }, Spec = new() { ProvisionerRef = new() { Name = name }, MachineName = "dhcp" } });
        }

        await File.WriteAllTextAsync(_first.PathOf("/etc/service/dhcp.conf"), Text, Token);
        await File.WriteAllTextAsync(_second.PathOf("/etc/service/dhcp.conf"), "interface=other\n", Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _lab.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task A_configuration_that_only_another_host_has_comes_to_the_host_whose_Node_asks_for_it()
    {
        await _lab.UntilReadyAsync("first-dhcp", Limit);
        await _lab.Kubectl.ApplyAsync(new ImageCapture { Metadata = new() { Name = Golden }, Spec = new() { NodeRef = new() { Name = "first-dhcp" }, ImageName = Golden, Revision = "1" } });
        await _lab.UntilAsync("the Image golden is Ready", async () => (await _lab.Kubectl.ImageAsync(Golden))?.Status?.Conditions.Any(condition => condition is { Type: "Ready", Status: ConditionStatus.True }) == true, Limit);
        Assert.False(Directory.Exists(_second.PathOf("/srv/images")) && Directory.EnumerateFiles(_second.PathOf("/srv/images"), "*.conf").Any());

        await _lab.ChangeAsync("second-dhcp", $$$"""{"imageRef":{"name":"{{{Golden}}}"}}""");
        var node = await _lab.UntilAsync("second-dhcp", "Ready with golden", found => found.IsReady() && found.Status!.CurrentImage == Golden, Limit);

        Assert.Equal(Text, await File.ReadAllTextAsync(_second.PathOf("/etc/service/dhcp.conf"), Token));
        Assert.Equal("dhcp\n", await File.ReadAllTextAsync(_second.PathOf("/etc/service/activated"), Token));
        Assert.Single(node.Succeeded(OperationKind.Load));
        await _lab.UntilAsync("the Image names both hosts", async () => (await _lab.Kubectl.ImageAsync(Golden))!.Status is { Locations.Count: 2, Fetches.Count: 0 }, Limit);
        var image = (await _lab.Kubectl.ImageAsync(Golden))!;
        Assert.Equal([("first", ImageOrigin.Placed), ("second", ImageOrigin.Fetched)], image.Status!.Locations.Select(location => (location.Provisioner, location.Origin)));
        var files = new[] { _first, _second }.Select(host => File.ReadAllBytes(Path.Combine(host.PathOf("/srv/images"), image.Spec.FileName))).ToList();
        Assert.Equal(files[0], files[1]);
        Assert.Equal(image.Spec.Digest, "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(files[1])));
        TestContext.Current.TestOutputHelper!.WriteLine(await _lab.DescribeAsync("second-dhcp"));
    }

    private static Provisioner Host(LabMachine host, string name) => new()
    {
        Metadata = new() { Name = name },
        Spec = new()
        {
            Type = ProvisionerType.Configuration,
            Configuration = new()
            {
                Address = "127.0.0.1",
                Port = host.Port,
                User = "root",
                CredentialsSecretRef = new() { Name = $"{name}-login" },
                HostKeys = [host.HostKey],
                ImageDirectory = "/srv/images",
                WorkDirectory = "/srv/work",
                Files = ["/etc/service/{machine}.conf"],
                Check = "grep -q ^interface= \"$2/etc/service/$1.conf\"",
                Activate = "echo \"$1\" >>/etc/service/activated",
                CommandSeconds = 20,
            },
            Timeouts = new() { ObserveSeconds = 2 },
        },
    };
}
