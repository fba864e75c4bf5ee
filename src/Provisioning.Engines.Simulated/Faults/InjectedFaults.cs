using Provisioning.Api.Provisioners;

namespace Provisioning.Engines.Simulated.Faults;

/// <summary>Faults that a test ordered for one machine. Guarded by the machine's lock.</summary>
internal sealed class InjectedFaults
{
    private readonly List<Order> orders = [];

    public void Add(SimulatedFaultKind kind, string? step, int times) => orders.Add(new(kind, step, times));

    public bool Take(SimulatedFaultKind kind, string step)
    {
        var index = orders.FindIndex(order => order.Kind == kind && (order.Step is null || order.Step == step));
        if (index < 0)
            return false;
        if (--orders[index].Left == 0)
            orders.RemoveAt(index);
        return true;
    }

    private sealed class Order(SimulatedFaultKind kind, string? step, int times)
    {
        public SimulatedFaultKind Kind => kind;

        public string? Step => step;

        public int Left { get; set; } = times;
    }
}
