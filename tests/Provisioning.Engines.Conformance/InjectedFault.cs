namespace Provisioning.Engines.Conformance;

/// <summary>A fault that ends when it is disposed of, for <see cref="IEngineHarness.InjectAsync"/>.</summary>
/// <param name="mend">Ends it.</param>
public sealed class InjectedFault(Action mend) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        mend();
        return ValueTask.CompletedTask;
    }
}
