using Provisioning.Chart.Tests.Bed;

namespace Provisioning.Chart.Tests.Running;

/// <summary>What users do, so that the operator needs each of its rights.</summary>
internal static class Story
{
    /// <summary>Two Nodes, one of them with a login and a hook, one with a slow Provisioner.</summary>
    public const string Machines = """
        apiVersion: provisioning.dev/v1alpha1
        kind: Provisioner
        metadata: {name: simulator}
        spec: {type: Simulated, simulated: {loadSeconds: 0, captureSeconds: 0, powerSeconds: 0}}
        ---
        apiVersion: provisioning.dev/v1alpha1
        kind: Provisioner
        metadata: {name: slow}
        spec: {type: Simulated, simulated: {loadSeconds: 0, captureSeconds: 20, powerSeconds: 0}}
        ---
        apiVersion: provisioning.dev/v1alpha1
        kind: Image
        metadata: {name: web-1}
        spec: {revision: "1", digest: "sha256:1111111111111111111111111111111111111111111111111111111111111111", format: Qcow2, fileName: web-1.qcow2}
        ---
        apiVersion: provisioning.dev/v1alpha1
        kind: Image
        metadata: {name: spare}
        spec: {revision: "1", digest: "sha256:2222222222222222222222222222222222222222222222222222222222222222", format: Qcow2, fileName: spare.qcow2, deletionPolicy: Delete}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: login}
        stringData: {password: not-a-secret}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: hooks}
        data: {join: "#!/bin/sh\nexit 0\n"}
        ---
        apiVersion: provisioning.dev/v1alpha1
        kind: Node
        metadata: {name: plain}
        spec: {provisionerRef: {name: simulator}, imageRef: {name: web-1}, powerState: PoweredOn}
        ---
        apiVersion: provisioning.dev/v1alpha1
        kind: Node
        metadata: {name: with-login}
        spec:
          provisionerRef: {name: slow}
          imageRef: {name: web-1}
          powerState: PoweredOn
          operatingSystem:
            type: Linux
            address: 192.0.2.1
            credentialsSecretRef: {name: login}
            hooks: [{name: join, stage: PostLoad, configMapRef: {name: hooks}, key: join}]
        """;

    public static async Task TellAsync(Kubectl tenant)
    {
        await tenant.ReadyAsync("nodes.provisioning.dev", "with-login");
        await TakeNameMeanwhileAsync(tenant);
        await tenant.ApplyAsync(Capture("golden", "plain"));
        await tenant.ReadyAsync("imagecaptures.provisioning.dev", "golden");
        await tenant.ReadyAsync("images.provisioning.dev", "golden");
        foreach (var round in new[] { "one", "two" })
            await ResetAsync(tenant, round);
    }

    /// <summary>Waits for the end of the long capture, by which other things have gone on.</summary>
    public static Task TakenAsync(Kubectl tenant) => tenant.ReadyAsync("imagecaptures.provisioning.dev", "taken", "False", "ImageNameTaken");

    public static async Task EndAsync(Kubectl tenant)
    {
        await ResetAsync(tenant, "three");
        await tenant.RunAsync("delete", "nodes.provisioning.dev", "plain", "with-login", "--timeout=150s");
        await tenant.RunAsync("delete", "images.provisioning.dev", "spare", "--timeout=150s");
    }

    /// <summary>Another Image of the name appears while the capture runs: at its end the operator looks whose it is. The capture is long, for a busy machine takes its time to apply that Image.</summary>
    private static async Task TakeNameMeanwhileAsync(Kubectl tenant)
    {
        await tenant.ApplyAsync(Capture("taken", "with-login"));
        await tenant.ReadyAsync("imagecaptures.provisioning.dev", "taken", "False", "OperationRunning");
        await tenant.ApplyAsync(Machines.Split("---")[2].Replace("web-1", "taken", StringComparison.Ordinal));
    }

    private static async Task ResetAsync(Kubectl tenant, string token)
    {
        await tenant.PatchAsync("nodes.provisioning.dev", "plain", $$$"""{"spec":{"powerResetToken":"{{{token}}}"}}""");
        await tenant.UntilAsync("nodes.provisioning.dev", "plain", node => (string?)node["status"]!["handledPowerResetToken"] == token);
        await tenant.ReadyAsync("nodes.provisioning.dev", "plain");
    }

    private static string Capture(string name, string node) => $$"""
        apiVersion: provisioning.dev/v1alpha1
        kind: ImageCapture
        metadata: {name: {{name}}}
        spec: {nodeRef: {name: {{node}}}, imageName: {{name}}, preparation: None}
        """;
}
