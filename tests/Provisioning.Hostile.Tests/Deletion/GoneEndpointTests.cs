namespace Provisioning.Hostile.Tests.Deletion;

/// <summary>On a real API server: objects of a VM host that is gone can be deleted, and say what they leave behind; without an operator, the page says how.</summary>
public sealed class GoneEndpointTests
{
    private const string Digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    [Fact]
    public async Task Node_and_image_of_a_host_that_is_gone_are_let_go_after_the_grace_and_say_what_they_left()
    {
        var cluster = await RealCluster.NewAsync("gone");
        var time = new LaterTime();
        using var host = cluster.NewOperator(time);
        await host.StartAsync(TestContext.Current.CancellationToken);
        await cluster.ApplyAsync(Manifests(Ports.Free()));
        await cluster.UntilAsync("the Node cannot be reached, and is held for its deletion", async () =>
            await cluster.ReadAsync("nodes.provisioning.dev", "n", "{.status.conditions[?(@.type==\"Reachable\")].reason} {.metadata.finalizers[0]}") == "HostUnreachable provisioning.dev/finalizer");
        await cluster.UntilAsync("failed looks at the host are counted", async () => await cluster.ReadAsync("provisioners.provisioning.dev", "host", "{.status.retry.attempt}") is not "");
        await cluster.UntilAsync("the Image is held for its deletion", async () => await cluster.ReadAsync("images.provisioning.dev", "i", "{.metadata.finalizers[0]}") is not "");

        await cluster.RunAsync("delete", "nodes.provisioning.dev/n", "images.provisioning.dev/i", "--wait=false");
        await cluster.UntilAsync("the Image says what is in the way", async () => (await cluster.ReadAsync("images.provisioning.dev", "i", "{.status.conditions[0].message}")).Contains("cannot be deleted yet", StringComparison.Ordinal));
        Assert.NotEqual("", await cluster.ReadAsync("nodes.provisioning.dev", "n", "{.metadata.name}"));
        time.Later(TimeSpan.FromMinutes(16));

        await cluster.UntilAsync("both are gone", async () => await cluster.ReadAsync("nodes.provisioning.dev", "n", "{.metadata.name}") + await cluster.ReadAsync("images.provisioning.dev", "i", "{.metadata.name}") is "");
        await cluster.UntilAsync("events say what was left", async () =>
        {
            var events = await cluster.LeftBehindAsync();
            return events.Contains("not unloaded", StringComparison.Ordinal) && events.Contains("i.qcow2", StringComparison.Ordinal);
        });
        await host.StopAsync(TestContext.Current.CancellationToken);
        await cluster.RunAsync("delete", "namespace", cluster.Namespace, "--wait=false");
    }

    [Fact]
    public async Task Without_an_operator_the_commands_of_the_page_let_objects_go()
    {
        var cluster = await RealCluster.NewAsync("nobody");
        await cluster.ApplyAsync(Manifests(1, "finalizers: [provisioning.dev/finalizer], "));
        await cluster.RunAsync("delete", "nodes.provisioning.dev/n", "images.provisioning.dev/i", "--wait=false");
        Assert.NotEqual("", await cluster.ReadAsync("nodes.provisioning.dev", "n", "{.metadata.deletionTimestamp}"));

        var page = await File.ReadAllLinesAsync(SourceTree.File("docs/troubleshooting/without-an-operator.md"), TestContext.Current.CancellationToken);
        var commands = page.Where(line => line.StartsWith("kubectl patch", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, commands.Count);
        foreach (var command in commands)
            await cluster.RunAsync(Words(command.Replace("lab-01", "n", StringComparison.Ordinal).Replace("tiny-a", "i", StringComparison.Ordinal)));

        Assert.Equal("", await cluster.ReadAsync("nodes.provisioning.dev", "n", "{.metadata.name}") + await cluster.ReadAsync("images.provisioning.dev", "i", "{.metadata.name}"));
        await cluster.RunAsync("delete", "namespace", cluster.Namespace, "--wait=false");
    }

    /// <summary>Words of a command as a shell takes them apart, without its first; quotes are single ones only.</summary>
    private static string[] Words(string command) =>
        [.. command.Split('\'').SelectMany((part, index) => index % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Skip(1)];

    private static string Manifests(int port, string finalizers = "") =>
        $$"""
        apiVersion: v1
        kind: Secret
        metadata: {name: login}
        stringData: {password: nobody-uses-it}
        ---
        apiVersion: provisioning.dev/v1alpha1
        kind: Provisioner
        metadata: {name: host}
        spec:
          type: Libvirt
          libvirt: {address: 127.0.0.1, port: {{port}}, credentialsSecretRef: {name: login}, hostKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]}
        ---
        apiVersion: provisioning.dev/v1alpha1
        kind: Image
        metadata: { {{finalizers}}name: "i"}
        spec: {revision: "1", digest: "{{Digest}}", format: Qcow2, fileName: i.qcow2, deletionPolicy: Delete}
        ---
        apiVersion: provisioning.dev/v1alpha1
        kind: Node
        metadata: { {{finalizers}}name: "n"}
        spec: {provisionerRef: {name: host}, deletionPolicy: Unload}
        """;
}
