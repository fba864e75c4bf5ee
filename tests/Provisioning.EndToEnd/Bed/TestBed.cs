using System.Runtime.InteropServices;

namespace Provisioning.EndToEnd.Bed;

/// <summary>
/// A real API server, a VM host with real machines, and the operator as a process between them; once for all tests. A test takes a
/// <see cref="Lab"/>, a namespace of its own. Needs root, as hack/lib/vmhost.sh does.
/// </summary>
public sealed class TestBed : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("provisioning-e2e-");
    private PosixSignalRegistration? _termination;
    private int _labs;
    private bool _stopped;

    /// <summary>Makes the bed; <see cref="InitializeAsync"/> starts it.</summary>
    public TestBed()
    {
        Host = new(Path.Combine(_folder.FullName, "vmhost"));
        Operator = new(Path.Combine(Kubernetes, "operator.kubeconfig"), Path.Combine(_folder.FullName, "operator.log"));
        Admin = new(Kubeconfig, "default");
    }

    /// <summary>Kubeconfig with all rights.</summary>
    public string Kubeconfig => Path.Combine(Kubernetes, "kubeconfig");

    /// <summary>kubectl with all rights, in the namespace default.</summary>
    public Kubectl Admin { get; }

    /// <summary>The VM host.</summary>
    public VmHost Host { get; }

    /// <summary>The operator.</summary>
    public OperatorProcess Operator { get; }

    private string Kubernetes => Path.Combine(_folder.FullName, "kubernetes");

    /// <summary>Makes a namespace with a Provisioner for the VM host and the logins, and has the operator run.</summary>
    /// <param name="story">A word that the namespace begins with.</param>
    public async Task<Lab> NewLabAsync(string story)
    {
        await Host.MendAsync();
        await Host.StartAsync();
        await Operator.StartAsync();
        var lab = new Lab(this, $"{story}-{Interlocked.Increment(ref _labs)}");
        await lab.SetUpAsync();
        return lab;
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // A test run that is told to end takes its servers along; only SIGKILL leaves them.
        _termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ =>
        {
            StopAsync().GetAwaiter().GetResult();
            RemoveFolder();
        });
        try
        {
            await Task.WhenAll(Programs.RunAsync(SourceTree.File("hack/lib/apiserver.sh"), ["start", Kubernetes], limit: TimeSpan.FromMinutes(30)), Host.StartAsync());
            // An API server without CEL rules (Kubernetes 1.20) has them refused by kubectl's own validation, not by itself.
            await Admin.RunAsync("create", "--validate=false", "-f", SourceTree.File("crds"));
            await Admin.RunAsync("apply", "-f", SourceTree.File("hack/manifests/rbac.yaml"));
            await Admin.RunAsync("wait", "--for=condition=Established", "--timeout=60s", "-f", SourceTree.File("crds"));
            await Operator.StartAsync();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _termination?.Dispose();
        foreach (var result in await StopAsync())
            result.Succeeded();
        RemoveFolder();
    }

    /// <summary>PROVISIONING_TEST_KEEP leaves the logs for a look; the VM host is free for others once its folder is gone.</summary>
    private void RemoveFolder()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PROVISIONING_TEST_KEEP")))
            _folder.Delete(recursive: true);
    }

    private async Task<ProgramResult[]> StopAsync()
    {
        if (_stopped)
            return [];
        _stopped = true;
        var host = Host.StopAsync();
        await Operator.DisposeAsync();
        return await Task.WhenAll(host, Programs.TryAsync(SourceTree.File("hack/lib/apiserver.sh"), ["stop", Kubernetes]));
    }
}
