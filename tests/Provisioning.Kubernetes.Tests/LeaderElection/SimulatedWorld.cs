namespace Provisioning.Kubernetes.Tests.LeaderElection;

/// <summary>True time, the network and the server. Everything runs on the test's own thread, in an order that the seed decides.</summary>
internal sealed class SimulatedWorld(Random random)
{
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _messages = new();
    private long _order;

    public TimeSpan Now { get; private set; }

    public Random Random { get; } = random;

    public SimulatedLeaseServer Server { get; } = new();

    public List<SimulatedProcess> Processes { get; } = [];

    /// <summary>How often a request or a reply is lost, from 0 to 1.</summary>
    public double Loss { get; set; }

    /// <summary>The longest way of a message in seconds.</summary>
    public double MaxDelay { get; set; } = 0.01;

    public IEnumerable<SimulatedProcess> Leaders => Processes.Where(process => process.Leads);

    public SimulatedProcess Start(double clockRate = 1)
    {
        var process = new SimulatedProcess(this, clockRate);
        Processes.Add(process);
        return process;
    }

    public void Deliver(Action message) => _messages.Enqueue(message, (Now + TimeSpan.FromSeconds(MaxDelay * Random.NextDouble()), ++_order));

    public bool IsLost() => Random.NextDouble() < Loss;

    /// <summary>Lets time pass in small steps; after each of them, two leaders at once fail the test.</summary>
    public void Run(TimeSpan duration, Action? everyStep = null)
    {
        var step = TimeSpan.FromMilliseconds(50);
        for (var end = Now + duration; Now < end;)
        {
            Now += step;
            while (_messages.TryPeek(out var message, out var due) && due.At <= Now)
            {
                _messages.Dequeue();
                message();
            }

            foreach (var process in Processes.ToArray())
                process.Pass(step);
            everyStep?.Invoke();
            Assert.True(Leaders.Count() <= 1, $"Two lead at {Now}: {string.Join(", ", Leaders.Select(process => process.Identity))}.");
        }
    }

    /// <summary>Lets time pass until something holds; how long it took.</summary>
    public TimeSpan RunUntil(Func<bool> holds, TimeSpan limit)
    {
        var start = Now;
        while (!holds())
        {
            Assert.True(Now - start <= limit, $"It did not happen within {limit}.");
            Run(TimeSpan.FromMilliseconds(50));
        }

        return Now - start;
    }
}
