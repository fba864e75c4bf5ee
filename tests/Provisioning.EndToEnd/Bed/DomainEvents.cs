namespace Provisioning.EndToEnd.Bed;

/// <summary>What libvirt itself says of its domains, whoever asked it to: the oracle of what became of machines. hack/lib/vmhost.sh records it.</summary>
/// <param name="host">The VM host.</param>
public sealed class DomainEvents(VmHost host)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>What happened to a domain after a mark, oldest first. One reset is told more than once: firmware resets the machine again.</summary>
    public async Task<IReadOnlyList<DomainEvent>> SinceAsync(HostMark mark, string domain)
    {
        await UntilCaughtUpAsync();
        return [.. Read().Where(told => told.Domain == domain && told.Time >= mark.Time)];
    }

    /// <summary>Exactly these things happened to a domain after a mark, in this order: Defined, Undefined, Started, Stopped, Crashed.</summary>
    public async Task AreExactlyAsync(HostMark mark, string domain, params IReadOnlyList<string> lives)
    {
        var events = await SinceAsync(mark, domain);
        var told = events.Select(happened => happened.What).Where(what => what is "Defined" or "Undefined" or "Started" or "Stopped" or "Crashed");
        Assert.True(told.SequenceEqual(lives), $"Wanted for {domain}: {(lives.Count == 0 ? "nothing" : string.Join(", ", lives))}. libvirt told:\n{string.Join('\n', events)}");
    }

    /// <summary>Events come in their order, so what was before one that we cause is recorded when that one is. It also shows that they are recorded at all.</summary>
    private async Task UntilCaughtUpAsync()
    {
        var probe = $"caught-up-{Guid.NewGuid():N}";
        await host.DefineAsync(probe);
        await host.VirshAsync("undefine", probe);
        await Poll.UntilAsync("the events of libvirt are recorded", () => Task.FromResult(Read().Any(told => told.Domain == probe && told.What == "Undefined")), Patience, TimeSpan.FromMilliseconds(20));
    }

    private IEnumerable<DomainEvent> Read() => File.ReadLines(host["EVENTS_LOG"]).Select(DomainEvent.Parse).OfType<DomainEvent>();
}
