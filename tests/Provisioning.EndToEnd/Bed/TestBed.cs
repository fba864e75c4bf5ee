using System.Runtime.InteropServices;

namespace Provisioning.EndToEnd.Bed;

/// <summary>
/// A real API server, a VM host with real machines, and the operator as a process between them; once for all tests. A test takes a
/// <see cref="Lab"/>, a namespace of its own. Needs root, as hack/lib/vmhost.sh does.
/// </summary>
public sealed class TestBed : IAsyncLifetime, IBed
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("provisioning-e2e-");
    private readonly ApiServer _server;
    private PosixSignalRegistration? _termination;
    private int _labs;
    private bool _stopped;

    /// <summary>Makes the bed; <see cref="InitializeAsync"/> starts it.</summary>
    public TestBed()
    {
        Host = new(Path.Combine(_folder.FullName, "vmhost"));
        _server = new(Path.Combine(_folder.FullName, "kubernetes"));
        Operator = new(_server.OperatorKubeconfig, Path.Combine(_folder.FullName, "operator.log"));
    }

    /// <summary>Kubeconfig with all rights.</summary>
    public string Kubeconfig => _server.Kubeconfig;

    /// <summary>kubectl with all rights, in the namespace default.</summary>
    public Kubectl Admin => _server.Admin;

    /// <summary>The VM host.</summary>
    public VmHost Host { get; }

    /// <summary>The operator.</summary>
    public OperatorProcess Operator { get; }

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
            await Task.WhenAll(_server.StartAsync(), Host.StartAsync());
            await _server.InstallAsync();
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
        return await Task.WhenAll(host, _server.StopAsync());
    }
}
