using System.Runtime.InteropServices;

namespace Provisioning.Chart.Tests.Bed;

/// <summary>A real API server that writes an audit log, of its own because CRDs come and go here; and real Helm programs. Once for all tests.</summary>
public sealed class Cluster : IAsyncLifetime
{
    /// <summary>What the operators ask for, and nothing of the tests themselves.</summary>
    private const string AuditPolicy = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
          - level: Metadata
            userGroups: ["system:serviceaccounts"]
          - level: None
        """;

    /// <summary>The release, and its namespace, that the CRDs belong to.</summary>
    public const string CrdRelease = "provisioning-operator";

    private PosixSignalRegistration? _termination;
    private bool _stopped;

    /// <summary>Scratch; removed at the end.</summary>
    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("provisioning-chart-");

    /// <summary>Kubeconfig with all rights.</summary>
    public string Kubeconfig => Path.Combine(Kubernetes, "kubeconfig");

    /// <summary>The API server's CA.</summary>
    public string Ca => File.ReadAllText(Path.Combine(Kubernetes, "ca.crt"));

    /// <summary>The API server's address.</summary>
    public Uri Server => new(File.ReadLines(Path.Combine(Kubernetes, "server.env")).Single(line => line.StartsWith("KUBE_URL=", StringComparison.Ordinal)).Split('=')[1]);

    /// <summary>Helm 3 with all rights.</summary>
    public Helm Helm { get; private set; } = null!;

    /// <summary>Helm 4 with all rights.</summary>
    public Helm Helm4 { get; private set; } = null!;

    private string Kubernetes => Path.Combine(Folder.FullName, "kubernetes");

    /// <summary>kubectl with all rights.</summary>
    /// <param name="namespace">Its namespace.</param>
    public Kubectl Kubectl(string @namespace = "default") => new(Kubeconfig, @namespace, Urgency.Launcher);

    /// <summary>Makes a namespace, if it is not there.</summary>
    public async Task<Kubectl> EnsureNamespaceAsync(string name)
    {
        await Kubectl().ApplyAsync($$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{name}}}"}}""");
        return Kubectl(name);
    }

    /// <summary>Has the chart bring its CRDs, if they are not there: they outlive the release.</summary>
    public async Task EnsureCrdsAsync()
    {
        if (await Kubectl().ReadAsync("crd", "nodes.provisioning.dev") is not null)
            return;
        await EnsureNamespaceAsync(CrdRelease);
        await Helm.RunAsync("install", CrdRelease, Bed.Helm.Chart, "--namespace", CrdRelease);
        await Kubectl().RunAsync("wait", "--for=condition=Established", "--timeout=150s", "crd", "--all");
        await Helm.RunAsync("uninstall", CrdRelease, "--namespace", CrdRelease);
    }

    /// <summary>What a service account has asked of the API server so far.</summary>
    public IReadOnlyList<AuditedCall> AuditOf(string @namespace, string serviceAccount) =>
        AuditedCall.Read(Path.Combine(Kubernetes, "audit.log"), $"system:serviceaccount:{@namespace}:{serviceAccount}");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // A test run that is told to end takes its server along; only SIGKILL leaves it.
        _termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => StopAsync().GetAwaiter().GetResult());
        Directory.CreateDirectory(Kubernetes);
        await File.WriteAllTextAsync(Path.Combine(Kubernetes, "audit-policy.yaml"), AuditPolicy);
        var helm = Programs.RunAsync(SourceTree.File("hack/lib/clients.sh"), [], limit: TimeSpan.FromMinutes(10));
        try
        {
            await Programs.RunAsync(Urgency.Launcher[0], [.. Urgency.Launcher.Skip(1), SourceTree.File("hack/lib/apiserver.sh"), "start", Kubernetes], limit: TimeSpan.FromMinutes(30));
            foreach (var server in (string[])["etcd", "apiserver"])
                await Urgency.RaiseSessionOfAsync(Path.Combine(Kubernetes, $"{server}.pid"));
            var programs = (await helm).Trim();
            Helm = new Helm(Path.Combine(programs, "helm3"), Kubeconfig, Folder.FullName);
            Helm4 = new Helm(Path.Combine(programs, "helm4"), Kubeconfig, Folder.FullName);
        }
        catch
        {
            await StopAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _termination?.Dispose();
        (await StopAsync())?.Succeeded();
    }

    private async Task<ProgramResult?> StopAsync()
    {
        if (_stopped)
            return null;
        _stopped = true;
        var result = await Programs.TryAsync(SourceTree.File("hack/lib/apiserver.sh"), ["stop", Kubernetes]);
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PROVISIONING_TEST_KEEP")))
            Folder.Delete(recursive: true);
        return result;
    }
}
