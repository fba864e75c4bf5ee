using System.Runtime.InteropServices;

namespace Provisioning.EndToEnd.Bed;

/// <summary>
/// An API server, a VM host and operators that a collection of tests has to itself, so that it may end any of them while other tests go on. Which operator runs, and how many, is the test's
/// choice: one alone, or replicas of which one leads.
/// </summary>
public sealed class OwnBed : IAsyncLifetime, IBed
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("provisioning-own-");
    private PosixSignalRegistration? _termination;
    private int _labs;
    private bool _stopped;

    /// <summary>Makes the bed; <see cref="InitializeAsync"/> starts it.</summary>
    public OwnBed()
    {
        Server = new(Path.Combine(_folder.FullName, "kubernetes"));
        Host = new(Path.Combine(_folder.FullName, "vmhost"));
        Alone = new(Server.OperatorKubeconfig, LogOf("alone"));
        First = new(Server.OperatorKubeconfig, LogOf("first"), "--leader-election", "--lease-namespace=default");
        Second = new(Server.ReplicaKubeconfig, LogOf("second"), "--leader-election", "--lease-namespace=default");
        Operator = Alone;
    }

    /// <summary>The API server.</summary>
    public ApiServer Server { get; }

    /// <inheritdoc/>
    public VmHost Host { get; }

    /// <inheritdoc/>
    public string Kubeconfig => Server.Kubeconfig;

    /// <inheritdoc/>
    public OperatorProcess Operator { get; private set; }

    /// <summary>An operator without leader election.</summary>
    public OperatorProcess Alone { get; }

    /// <summary>A replica, the API server's user provisioning-operator.</summary>
    public OperatorProcess First { get; }

    /// <summary>A replica, the API server's user provisioning-replica.</summary>
    public OperatorProcess Second { get; }

    /// <summary>Makes a namespace, with one operator and no other at work.</summary>
    /// <param name="story">A word that the namespace begins with.</param>
    /// <param name="operator">The operator.</param>
    public async Task<Lab> NewLabAsync(string story, OperatorProcess @operator)
    {
        await Host.MendAsync();
        await Server.StartAsync();
        await Host.StartAsync();
        await StopOthersAsync(@operator);
        Operator = @operator;
        await Operator.StartAsync();
        var lab = new Lab(this, $"{story}-{Interlocked.Increment(ref _labs)}");
        await lab.SetUpAsync();
        return lab;
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ =>
        {
            StopAsync().GetAwaiter().GetResult();
            RemoveFolder();
        });
        try
        {
            await Server.WithAuditAsync();
            await Task.WhenAll(Server.StartAsync(), Host.StartAsync());
            await Server.InstallAsync();
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

    private string LogOf(string name) => Path.Combine(_folder.FullName, $"{name}.log");

    private async Task StopOthersAsync(OperatorProcess? @operator)
    {
        foreach (var other in ((OperatorProcess[])[Alone, First, Second]).Where(other => other != @operator))
            await other.StopAsync();
    }

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
        await StopOthersAsync(null);
        return await Task.WhenAll(host, Server.StopAsync());
    }
}
