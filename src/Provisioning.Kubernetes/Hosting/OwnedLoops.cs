using Microsoft.Extensions.Logging;

namespace Provisioning.Kubernetes.Hosting;

/// <summary>Background loops of one owner: one that ends before it is told to is a failure of the whole.</summary>
internal sealed partial class OwnedLoops(Action<Exception> onFailure, ILogger logger) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];

    public void Start(string name, Func<CancellationToken, Task> loop) => _loops.Add(Task.Run(() => RunAsync(name, loop), CancellationToken.None));

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(string name, Func<CancellationToken, Task> loop)
    {
        try
        {
            await loop(_stop.Token);
            if (!_stop.IsCancellationRequested)
                throw new InvalidOperationException($"The background loop {name} ended by itself.");
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // It ends as it was told to.
        }
        catch (Exception exception)
        {
            LogLoopFailed(exception, name);
            onFailure(exception);
        }
    }

    [LoggerMessage(401, LogLevel.Critical, "The background loop {Name} failed; the operator stops. This is a defect of the operator: please report it with this message.")]
    private partial void LogLoopFailed(Exception exception, string name);
}
