using System.Collections.Concurrent;
using Provisioning.Api.Nodes;
using Provisioning.Engines;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Operator.Tests.Support;

/// <summary>Stands between an operator and its engines: counts, and lets a test break off calls.</summary>
internal sealed class EngineHooks
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _running = [];
    private int _calls;

    /// <summary>Called before each call of a verb with its number, from 1; what it throws, the operator gets.</summary>
    public Action<int, OperationContext>? Before { get; set; }

    /// <summary>Called after each call of a verb: its effect has happened, its answer is not yet out.</summary>
    public Action<int, OperationContext>? After { get; set; }

    /// <summary>Called before each look.</summary>
    public Func<string, CancellationToken, Task>? Look { get; set; }

    /// <summary>Answers in place of the engine how its endpoint is.</summary>
    public Func<CancellationToken, Task<EngineReport>>? Probe { get; set; }

    /// <summary>Called before an image library is asked, with the name of its Provisioner.</summary>
    public Func<string, CancellationToken, Task>? Library { get; set; }

    /// <summary>Image libraries in place of the simulated ones, which have whatever they are asked for.</summary>
    public Libraries? Libraries { get; set; }

    /// <summary>Answers in place of a verb, which is then not called; null lets it be called.</summary>
    public Func<OperationContext, OperationOutcome?>? Instead { get; set; }

    /// <summary>Changes what a verb answered.</summary>
    public Func<OperationContext, OperationOutcome, OperationOutcome> Answer { get; set; } = (_, outcome) => outcome;

    /// <summary>Changes how an operation is cleaned up after.</summary>
    public Func<OperationContext, CancellationToken, Task<OperationOutcome>>? Abandon { get; set; }

    /// <summary>Takes the place of the engine's release.</summary>
    public Func<NodeTarget, CancellationToken, Task<OperationOutcome>>? Release { get; set; }

    public int Calls => Volatile.Read(ref _calls);

    public int Looks => Volatile.Read(ref _looks);

    private int _looks;

    public int MostAtOnce { get; private set; }

    /// <summary>Nodes in the order in which their operations were first called.</summary>
    public ConcurrentQueue<string> Order { get; } = new();

    /// <summary>Calls of verbs, as PROVISIONER VERB.</summary>
    public ConcurrentQueue<string> Places { get; } = new();

    public ConcurrentDictionary<string, OperationKind> Operations { get; } = new();

    public int Disposed;

    public int Created;

    public Task LookingAsync(string node, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _looks);
        return Look?.Invoke(node, cancellationToken) ?? Task.CompletedTask;
    }

    public async Task<OperationOutcome> RunAsync(OperationContext context, Func<Task<OperationOutcome>> verb)
    {
        var number = Interlocked.Increment(ref _calls);
        Before?.Invoke(number, context);
        if (Operations.TryAdd(context.Operation.Id, context.Operation.Kind))
            Order.Enqueue(context.Node.Name);
        lock (_lock)
        {
            _running.Add(context.Operation.Id);
            MostAtOnce = Math.Max(MostAtOnce, _running.Count);
        }

        var outcome = Instead?.Invoke(context) ?? await verb();
        After?.Invoke(number, context);
        outcome = Answer(context, outcome);
        if (outcome.Phase != OperationPhase.Running)
        {
            lock (_lock)
                _running.Remove(context.Operation.Id);
        }

        return outcome;
    }
}
