using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes.Tests.Controllers;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Hosting;

/// <summary>A standby takes over: what the leader before it did is known to it before it does anything, whatever its watches told.</summary>
[Collection(OwnExitCode.Name)]
public sealed class TakeOverTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_standby_whose_watch_fell_silent_acts_on_what_is_there_when_it_takes_over()
    {
        await using var fixture = await StandbyAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 7));
        fixture.Server.Put(Widget.FakeKind, Widget.Json("b", 8));
        SetHolder(fixture, "");
        await fixture.SettledAsync(("a", 7), ("b", 8));
        Assert.Equal(7, SizeOf(fixture, "a"));
        Assert.Equal(8, SizeOf(fixture, "b"));
        Assert.Equal(2, fixture.Server.Requests.Count("patch", "widgets/status"));
    }

    [Fact]
    public async Task A_standby_whose_watch_is_current_takes_over_without_a_list()
    {
        await using var fixture = await StandbyAsync(isWatchSilent: false);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 7));
        SetHolder(fixture, "");
        await fixture.SettledAsync(("a", 7));
        Assert.Equal(1, fixture.Server.Requests.Count("list", "widgets"));
        Assert.Equal(7, SizeOf(fixture, "a"));
        Assert.NotNull(fixture.Server.Find(Widget.FakeKind, "lab", "a")!["status"]!["watchMark"]);
    }

    [Fact]
    public async Task Who_leads_first_lists_once()
    {
        await using var fixture = await OperatorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 7));
        await fixture.Host.StartAsync(Cancellation);
        await fixture.SettledAsync(("a", 7));
        Assert.Equal(1, fixture.Server.Requests.Count("list", "widgets"));
    }

    [Fact]
    public async Task A_stop_before_it_has_caught_up_gives_the_lease_back_and_nothing_is_done()
    {
        await using var fixture = await StandbyAsync();
        fixture.Server.Inject(new Fault.Freeze { Verb = "list", Resource = "widgets", Times = 10_000 });
        SetHolder(fixture, "");
        await fixture.Server.Requests.WaitForAsync(call => call is { Verb: "list", Resource: "widgets" }, 2, Cancellation);
        await fixture.Host.StopAsync(Cancellation);
        Assert.Equal("", fixture.Holder);
        Assert.Equal(0, fixture.Probe.Calls);
        Assert.Equal(0, Environment.ExitCode);
    }

    [Fact]
    public async Task Who_loses_the_lease_before_it_has_caught_up_ends_with_a_failure()
    {
        await using var fixture = await StandbyAsync(renewSeconds: 5);
        fixture.Server.Inject(new Fault.Freeze { Verb = "list", Resource = "widgets", Times = 10_000 });
        SetHolder(fixture, "");
        await fixture.Server.Requests.WaitForAsync(call => call is { Verb: "list", Resource: "widgets" }, 2, Cancellation);
        fixture.Server.Inject(new Fault.Freeze { Resource = "leases", Times = 10_000 });
        try
        {
            await fixture.Host.WaitForShutdownAsync(Cancellation);
            Assert.Equal(1, Environment.ExitCode);
            Assert.Contains(fixture.Logs.GetSnapshot(), record => record.Level == LogLevel.Critical && record.Exception!.Message.Contains("leadership is lost", StringComparison.Ordinal));
            Assert.Equal(0, fixture.Probe.Calls);
        }
        finally
        {
            Environment.ExitCode = 0;
        }
    }

    /// <summary>An operator that has listed a widget of size 1 and stands by, with a watch of widgets that never tells anything unless said otherwise. Once it leads, nothing that stands still for a while must take that from it.</summary>
    private static async Task<OperatorFixture> StandbyAsync(int renewSeconds = 60, bool isWatchSilent = true)
    {
        var fixture = await OperatorFixture.CreateAsync(election: options =>
        {
            options.LeaseDuration = TimeSpan.FromSeconds(renewSeconds + 1);
            options.RenewDeadline = TimeSpan.FromSeconds(renewSeconds);
            options.RetryPeriod = TimeSpan.FromSeconds(0.2);
        });
        SetHolder(fixture, "another");
        if (isWatchSilent)
            fixture.Server.Inject(new Fault.Freeze { Verb = "watch", Resource = "widgets" });
        fixture.Server.Put(Widget.FakeKind, isWatchSilent ? Widget.Json("a", 1) : """{"metadata":{"name":"a","namespace":"lab"},"spec":{"size":1},"status":{"size":1}}""");
        await fixture.Host.StartAsync(Cancellation);
        await fixture.Server.Requests.WaitForAsync(call => call is { Verb: "watch", Resource: "widgets" }, 1, Cancellation);
        await fixture.Server.Requests.WaitForAsync(call => call is { Verb: "get", Resource: "leases", Code: 200 }, 1, Cancellation);
        return fixture;
    }

    private static void SetHolder(OperatorFixture fixture, string holder) => fixture.Server.Put(OperatorFixture.LeaseKind, $$$"""
        {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"operator","namespace":"system"},
         "spec":{"holderIdentity":"{{{holder}}}","leaseDurationSeconds":3600,"renewTime":"2020-01-01T00:00:00.000000Z"}}
        """);

    private static int SizeOf(OperatorFixture fixture, string name) => (int)fixture.Server.Find(Widget.FakeKind, "lab", name)!["status"]!["size"]!;
}
