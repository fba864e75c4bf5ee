using Microsoft.Extensions.Logging;

namespace Provisioning.Simulation.Clusters;

/// <summary>Writes what an operator logs into the trace.</summary>
internal sealed class TraceLog(OperatorProcess process) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => !process.IsDead && logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var text = $"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : $" [{exception.GetType().Name}: {exception.Message}]")}";
        process.World.Checks.Output("log", text);
        process.World.Trace.Add(process.Name, text.ReplaceLineEndings(" "));
    }

    public void Dispose()
    {
    }
}
