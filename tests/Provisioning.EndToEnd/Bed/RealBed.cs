using System.Runtime.InteropServices;

namespace Provisioning.EndToEnd.Bed;

/// <summary>A real API server, a VM host with real machines, and operators as processes between them. A test takes a <see cref="Lab"/>, a namespace of its own. Needs root, as hack/lib/vmhost.sh does.</summary>
public abstract class RealBed : IAsyncLifetime
{
    private readonly DirectoryInfo _folder;
    private readonly List<OperatorProcess> _operators = [];
    private PosixSignalRegistration? _termination;
    private int _labs;
    private bool _stopped;

    /// <summary>Makes the bed; <see cref="InitializeAsync"/> starts it.</summary>
    /// <param name="name">What its folder is called after.</param>
    /// <param name="isUrgent">Whether the API server takes precedence.</param>
    protected RealBed(string name, bool isUrgent = false)
    {
        _folder = Directory.CreateTempSubdirectory($"provisioning-{name}-");
        Server = new(Path.Combine(_folder.FullName, "kubernetes")) { IsUrgent = isUrgent };
        Host = new(Path.Combine(_folder.FullName, "vmhost"));
    }

    /// <summary>The API server.</summary>
    public ApiServer Server { get; }

    /// <summary>The VM host.</summary>
    public VmHost Host { get; }

    /// <summary>Kubeconfig with all rights.</summary>
    public string Kubeconfig => Server.Kubeconfig;

    /// <summary>The operator that works, and clears a lab away.</summary>
    public abstract OperatorProcess Operator { get; }

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
            await StartAsync();
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
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts the servers.</summary>
    protected virtual async Task StartAsync()
    {
        await Task.WhenAll(Server.StartAsync(), Host.StartAsync());
        await Server.InstallAsync();
    }

    /// <summary>An operator that ends with the bed.</summary>
    /// <param name="kubeconfig">Its kubeconfig.</param>
    /// <param name="name">Its log is called so.</param>
    /// <param name="arguments">More arguments.</param>
    protected OperatorProcess NewOperator(string kubeconfig, string name, params IReadOnlyList<string> arguments)
    {
        var process = new OperatorProcess(kubeconfig, Path.Combine(_folder.FullName, $"{name}.log"), arguments);
        _operators.Add(process);
        return process;
    }

    /// <summary>Makes a namespace with a Provisioner for the VM host and the logins, and has <see cref="Operator"/> run and no other.</summary>
    /// <param name="story">A word that the namespace begins with.</param>
    protected async Task<Lab> MakeLabAsync(string story)
    {
        await Host.MendAsync();
        await Host.StartAsync();
        foreach (var other in _operators.Where(other => other != Operator))
            await other.StopAsync();
        await Operator.StartAsync();
        var lab = new Lab(this, $"{story}-{Interlocked.Increment(ref _labs)}");
        await lab.SetUpAsync();
        return lab;
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
        foreach (var process in _operators)
            await process.DisposeAsync();
        return await Task.WhenAll(host, Server.StopAsync());
    }
}
