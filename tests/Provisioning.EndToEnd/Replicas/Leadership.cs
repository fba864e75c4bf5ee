using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Replicas;

/// <summary>Who leads, and since when, by the word of the API server and not of the replicas.</summary>
/// <param name="lab">The lab.</param>
/// <param name="server">The API server.</param>
internal sealed class Leadership(Lab lab, ApiServer server)
{
    /// <summary>User of <see cref="OwnBed.First"/>.</summary>
    public const string First = "provisioning-operator";

    /// <summary>User of <see cref="OwnBed.Second"/>.</summary>
    public const string Second = "provisioning-replica";

    /// <summary>The lab.</summary>
    public Lab Lab => lab;

    /// <summary>Makes a lab in which the first replica leads, and runs alone.</summary>
    /// <param name="bed">The bed.</param>
    /// <param name="story">A word that the namespace begins with.</param>
    public static async Task<Leadership> OfFirstAsync(OwnBed bed, string story)
    {
        var start = TimeProvider.System.GetUtcNow();
        var leadership = new Leadership(await bed.NewLabAsync(story, bed.First), bed.Server);
        await leadership.UntilLeadsAsync(First, start);
        return leadership;
    }

    /// <summary>Starts the second replica, and waits until it has seen who leads: only from then on it can tell how long it has not heard of that one.</summary>
    /// <param name="bed">The bed.</param>
    public async Task HaveSecondStandByAsync(OwnBed bed)
    {
        // Returns when /readyz says so: a replica that stands by is ready, or a rolling upgrade would never go on.
        await bed.Second.StartAsync();
        await lab.UntilAsync("the second stands by", () => Task.FromResult(bed.Second.Output.Contains("stands by", StringComparison.Ordinal)), TimeSpan.FromMinutes(1));
    }

    /// <summary>Ends the first replica, and waits until the second leads.</summary>
    /// <param name="end">Ends it.</param>
    public async Task<HandOver> HandOverAsync(Func<Task> end)
    {
        var signal = TimeProvider.System.GetUtcNow();
        await end();
        var taken = await UntilLeadsAsync(Second, signal);
        var handOver = new HandOver(signal, LastOf(First, taken.Time, _ => true), LastOf(First, taken.Time, write => write.Resource == "leases"), taken);
        TestContext.Current.TestOutputHelper!.WriteLine($"{handOver}");
        return handOver;
    }

    /// <summary>Waits until a replica has written the Lease after a time, and gives that write.</summary>
    public Task<AuditedWrite> UntilLeadsAsync(string user, DateTimeOffset since) => UntilAsync($"{user} leads", user, since);

    /// <summary>The same for whichever replica is first.</summary>
    public Task<AuditedWrite> UntilAnyLeadsAsync(DateTimeOffset since) => UntilAsync("one of the replicas leads", null, since);

    /// <summary>From a moment on, nothing was written by a replica.</summary>
    public void AssertSilentSince(string user, DateTimeOffset time) => Assert.DoesNotContain(server.Audit.Since(time), write => write.User == user);

    private async Task<AuditedWrite> UntilAsync(string what, string? user, DateTimeOffset since)
    {
        AuditedWrite? write = null;
        await lab.UntilAsync(
            what,
            () => Task.FromResult((write = server.Audit.Since(since).FirstOrDefault(found => (user is null || found.User == user) && found.Resource == "leases")) is not null),
            TimeSpan.FromSeconds(60),
            TimeSpan.FromMilliseconds(100));
        return write!;
    }

    private AuditedWrite LastOf(string user, DateTimeOffset before, Func<AuditedWrite, bool> isSuch) =>
        server.Audit.Since(DateTimeOffset.MinValue).Last(write => write.User == user && write.Time < before && isSuch(write));
}
