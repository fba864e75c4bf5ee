namespace Provisioning.EndToEnd.Bed;

/// <summary>The API server of hack/lib/apiserver.sh: real etcd and kube-apiserver.</summary>
/// <param name="folder">Its folder.</param>
public sealed class ApiServer(string folder)
{
    // Who wrote what, and when: the judge of who led.
    private const string AuditPolicy = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
        - level: Metadata
          users: [provisioning-operator, provisioning-replica]
          verbs: [create, update, patch, delete]
        - level: None
        """;

    /// <summary>Kubeconfig with all rights.</summary>
    public string Kubeconfig => Path.Combine(folder, "kubeconfig");

    /// <summary>Kubeconfig of the operator.</summary>
    public string OperatorKubeconfig => Path.Combine(folder, "operator.kubeconfig");

    /// <summary>Kubeconfig of a second operator, whose requests the audit log tells from those of the first.</summary>
    public string ReplicaKubeconfig => Path.Combine(folder, "replica.kubeconfig");

    /// <summary>kubectl with all rights, in the namespace default.</summary>
    public Kubectl Admin { get; } = new(Path.Combine(folder, "kubeconfig"), "default");

    /// <summary>The writes of the two operators, oldest first.</summary>
    public AuditLog Audit => new(Path.Combine(folder, "audit.log"));

    /// <summary>Whether it takes precedence over everything else that runs.</summary>
    public bool IsUrgent { get; init; }

    /// <summary>Starts what does not run.</summary>
    public async Task StartAsync()
    {
        string[] command = [.. IsUrgent ? Urgency.Launcher : [], Script, "start", folder];
        await Programs.RunAsync(command[0], command[1..], limit: TimeSpan.FromMinutes(30));
        if (IsUrgent)
        {
            foreach (var program in (string[])["etcd", "apiserver"])
                await Urgency.RaiseSessionOfAsync(Path.Combine(folder, $"{program}.pid"));
        }
    }

    /// <summary>Has the writes of operators logged; before the first start.</summary>
    public Task WithAuditAsync()
    {
        Directory.CreateDirectory(folder);
        return File.WriteAllTextAsync(Path.Combine(folder, "audit-policy.yaml"), AuditPolicy);
    }

    /// <summary>Installs the product's kinds and the rights of the operator.</summary>
    public async Task InstallAsync()
    {
        // An API server without CEL rules (Kubernetes 1.20) has them refused by kubectl's own validation, not by itself.
        await Admin.RunAsync("create", "--validate=false", "-f", SourceTree.File("crds"));
        await Admin.RunAsync("apply", "-f", SourceTree.File("hack/manifests/rbac.yaml"));
        await Admin.RunAsync("create", "clusterrolebinding", "provisioning-replica", "--clusterrole=provisioning-operator", "--user=provisioning-replica");
        await Admin.RunAsync("wait", "--for=condition=Established", "--timeout=150s", "-f", SourceTree.File("crds"));
    }

    /// <summary>Ends one of its programs with SIGKILL; <see cref="StartAsync"/> brings it back.</summary>
    /// <param name="program">kube-apiserver or etcd.</param>
    public Task KillAsync(string program) => Programs.RunAsync(Script, ["kill", folder, program]);

    /// <summary>Ends it; the data stays.</summary>
    public Task<ProgramResult> StopAsync() => Programs.TryAsync(Script, ["stop", folder]);

    private static string Script => SourceTree.File("hack/lib/apiserver.sh");
}
