using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Services;

/// <summary>The configuration of a real nginx, declared: captured, kept, repaired, only watched, and saved from a broken image.</summary>
/// <param name="bed">The bed.</param>
public sealed class ConfigurationTests(TestBed bed)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_site_is_captured_adopted_repaired_watched_and_saved_from_a_broken_image()
    {
        await using var lab = await bed.NewLabAsync("site");
        await using var site = new WebSite();
        await site.StartAsync(lab);
        await lab.Kubectl.ApplyAsync(WebSite.NewNode(null));
        await lab.UntilReadyAsync("shop", Limit);

        await lab.Kubectl.ApplyAsync(new ImageCapture { Metadata = new() { Name = "golden" }, Spec = new() { NodeRef = new() { Name = "shop" }, ImageName = "golden", Revision = "1" } });
        await lab.UntilAsync("the Image golden is Ready", async () => (await lab.Kubectl.ImageAsync("golden"))?.Status?.Conditions.Any(condition => condition is { Type: "Ready", Status: ConditionStatus.True }) == true, Limit);

        // A content that is already the Image's is taken over as it is.
        await lab.ChangeAsync("shop", """{"imageRef":{"name":"golden"}}""");
        var node = await lab.UntilAsync("shop", "Ready with golden", found => found.IsReady() && found.Status!.CurrentImage == "golden", Limit);
        Assert.Empty(node.Succeeded(OperationKind.Load));

        await File.WriteAllTextAsync(site.Site, WebSite.Text("by-hand"), TestContext.Current.CancellationToken);
        node = await lab.UntilAsync("shop", "repaired", found => found.IsReady() && found.Succeeded(OperationKind.Load).Count == 1, Limit);
        Assert.Contains("is kept in", node.Status!.History[0].Message, StringComparison.Ordinal);
        Assert.Equal(WebSite.Text("1"), await File.ReadAllTextAsync(site.Site, TestContext.Current.CancellationToken));

        await lab.ChangeAsync("shop", """{"managementPolicy":"Observe"}""");
        await lab.UntilReadyAsync("shop", Limit);
        await File.WriteAllTextAsync(site.Site, WebSite.Text("again"), TestContext.Current.CancellationToken);
        node = await lab.UntilAsync("shop", "Stalled, only watched", found => found.IsStalled(Reasons.ObserveOnly), Limit);
        Assert.Contains("somebody changed it", node.Condition("Stalled")!.Message, StringComparison.Ordinal);
        Assert.Equal(WebSite.Text("again"), await File.ReadAllTextAsync(site.Site, TestContext.Current.CancellationToken));
        await lab.ChangeAsync("shop", """{"managementPolicy":"Manage"}""");
        await lab.UntilAsync("shop", "repaired", found => found.IsReady() && found.Succeeded(OperationKind.Load).Count == 2, Limit);

        await lab.Kubectl.ApplyAsync(await site.NewImageAsync("broken", WebSite.Text("2") + "no such directive;\n"));
        await lab.ChangeAsync("shop", """{"imageRef":{"name":"broken"}}""");
        node = await lab.UntilAsync("shop", "Stalled by the check", found => found.IsStalled(Reasons.StepFailed), Limit);
        Assert.Contains("unknown directive", node.Condition("Stalled")!.Message, StringComparison.Ordinal);

        await lab.Kubectl.ApplyAsync(await site.NewImageAsync("sick", WebSite.Text("3", sick: true)));
        await lab.ChangeAsync("shop", """{"imageRef":{"name":"sick"}}""");
        node = await lab.UntilAsync("shop", "Stalled by the proof", found => found.IsStalled(Reasons.StepFailed) && found.Condition("Stalled")!.Message.Contains("sick", StringComparison.Ordinal), Limit);
        Assert.Contains("The content from before is back, and works.", node.Condition("Stalled")!.Message, StringComparison.Ordinal);
        // Old workers of nginx may take a last connection after the new ones have begun.
        await lab.UntilAsync("the site serves version 1 again", async () => await site.VersionAsync() == "1", Limit);
        TestContext.Current.TestOutputHelper!.WriteLine(await lab.DescribeAsync("shop"));

        await lab.ChangeAsync("shop", """{"imageRef":{"name":"golden"},"powerState":"PoweredOff"}""");
        node = await lab.UntilAsync("shop", "Stalled, since it has no power", found => found.IsStalled(Reasons.NotSupported), Limit);
        Assert.Contains("Remove spec.powerState", node.Condition("Stalled")!.Message, StringComparison.Ordinal);
    }
}
