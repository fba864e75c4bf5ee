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

    /// <summary>Waits until a replica has written the Lease after a time, and gives that write.</summary>
    public Task<AuditedWrite> UntilLeadsAsync(string user, DateTimeOffset since) => UntilAsync($"{user} leads", user, since);

    /// <summary>The same for whichever replica is first.</summary>
    public Task<AuditedWrite> UntilAnyLeadsAsync(DateTimeOffset since) => UntilAsync("one of the replicas leads", null, since);

    /// <summary>The last write of a replica before a time.</summary>
    public AuditedWrite LastWrite(string user, DateTimeOffset before) => server.Audit.Since(DateTimeOffset.MinValue).Last(write => write.User == user && write.Time < before);

    /// <summary>The last write of the Lease by a replica before a time.</summary>
    public AuditedWrite LastRenewal(string user, DateTimeOffset before) => server.Audit.Since(DateTimeOffset.MinValue).Last(write => write.User == user && write.Resource == "leases" && write.Time < before);

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
}
