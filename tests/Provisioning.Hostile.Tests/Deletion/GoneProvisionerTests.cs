namespace Provisioning.Hostile.Tests.Deletion;

/// <summary>On a real API server: a Provisioner goes while no operator runs, and the next one says what stays at its host.</summary>
public sealed class GoneProvisionerTests
{
    private const string Manifests = """
        apiVersion: provisioning.dev/v1alpha1
        kind: Provisioner
        metadata: {name: room}
        spec: {type: Simulated, simulated: {loadSeconds: 0, captureSeconds: 0, powerSeconds: 0}}
        ---
        apiVersion: provisioning.dev/v1alpha1
        kind: Image
        metadata: {name: golden}
        spec: {revision: "1", digest: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", format: Qcow2, fileName: golden.qcow2}
        ---
        apiVersion: provisioning.dev/v1alpha1
        kind: Node
        metadata: {name: web}
        spec: {provisionerRef: {name: room}}
        """;

    [Fact]
    public async Task What_stays_is_told_by_the_next_operator()
    {
        var cluster = await RealCluster.NewAsync("went");
        var time = new LaterTime();
        await cluster.ApplyAsync(Manifests);
        using (var first = cluster.NewOperator(time))
        {
            await first.StartAsync(TestContext.Current.CancellationToken);
            await UntilPlacesAsync(cluster, "room");
            await first.StopAsync(TestContext.Current.CancellationToken);
        }

        await cluster.RunAsync("delete", "provisioners.provisioning.dev/room");
        Assert.Equal("", await cluster.LeftBehindAsync());
        using var second = cluster.NewOperator(time);
        await second.StartAsync(TestContext.Current.CancellationToken);
        await cluster.UntilAsync("the Node misses its Provisioner", async () => await cluster.ReadAsync("nodes.provisioning.dev", "web", "{.status.conditions[?(@.type==\"Stalled\")].reason}") == "ProvisionerNotFound");
        time.Later(TimeSpan.FromMinutes(1));
        // Has the Image looked at anew.
        await cluster.ApplyAsync(Manifests.Split("---")[0].Replace("room", "other", StringComparison.Ordinal));

        await UntilPlacesAsync(cluster, "other");
        var told = "";
        await cluster.UntilAsync("an event says what was left", async () => (told = await cluster.LeftBehindAsync()).Length > 0);
        Assert.Equal("Its machines stay as they are; these Nodes still name it: web. Files of these images stay in its image directory: golden.qcow2.", told.Trim());
        Assert.Equal("Provisioner/room", await cluster.RunAsync("get", "events", "--field-selector", "reason=LeftBehind", "-o", "jsonpath={.items[*].involvedObject.kind}/{.items[*].involvedObject.name}"));
        await second.StopAsync(TestContext.Current.CancellationToken);
        await cluster.RunAsync("delete", "namespace", cluster.Namespace, "--wait=false");
    }

    private static Task UntilPlacesAsync(RealCluster cluster, string places) =>
        cluster.UntilAsync($"the Image names {places}", async () => await cluster.ReadAsync("images.provisioning.dev", "golden", "{.status.locations[*].provisioner}") == places);
}
