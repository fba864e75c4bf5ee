using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Provisioning.Engines.Conformance;

/// <summary>Keeps every message that is logged, at every level, as <see cref="IEngineHarness.Logged"/> asks for it.</summary>
public sealed class RecordedLog : ILoggerFactory
{
    private readonly ConcurrentQueue<string> _messages = [];

    /// <summary>The messages, with their values and exceptions.</summary>
    public IReadOnlyList<string> Messages => [.. _messages];

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Recorder(_messages);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("This log only keeps messages.");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Recorder(ConcurrentQueue<string> messages) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            messages.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
