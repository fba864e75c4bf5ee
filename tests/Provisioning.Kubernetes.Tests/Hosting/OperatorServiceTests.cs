using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Hosting;
using Provisioning.Kubernetes.Tests.Controllers;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Hosting;

[Collection(OwnExitCode.Name)]
public sealed class OperatorServiceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Syncs_leads_reconciles_and_gives_the_lease_back_at_the_end()
    {
        await using var fixture = await OperatorFixture.CreateAsync();
        for (var i = 0; i < 20; i++)
            fixture.Server.Put(Widget.FakeKind, Widget.Json($"w{i}", i + 1));
        await fixture.Host.StartAsync(Cancellation);
        await fixture.SettledAsync([.. Enumerable.Range(0, 20).Select(i => ($"w{i}", i + 1))]);
        Assert.NotEqual("", fixture.Holder);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("w0", 100));
        await fixture.SettledAsync(("w0", 100));
        await fixture.Host.StopAsync(Cancellation);
        Assert.Equal("", fixture.Holder);

        // One write for each change and one look at its echo: no loop.
        Assert.Equal(21, fixture.Server.Requests.Count("patch", "widgets/status"));
        Assert.InRange(fixture.Probe.Calls, 42, 44);
        Assert.Equal("leases", fixture.Server.Requests.All[^1].Resource);
        Assert.Equal(0, fixture.Server.Requests.Count("get", "widgets"));
    }

    [Theory]
    [InlineData(409, "Conflict")]
    [InlineData(429, "TooManyRequests")]
    [InlineData(500, "InternalError")]
    [InlineData(503, "ServiceUnavailable")]
    public async Task A_refused_status_write_is_repeated(int code, string reason)
    {
        await using var fixture = await OperatorFixture.CreateAsync();
        var fault = fixture.Server.Inject(new Fault.Refuse(code, reason, 0) { Verb = "patch", Resource = "widgets/status", Times = 2 });
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 7));
        await fixture.Host.StartAsync(Cancellation);
        await fixture.SettledAsync(("a", 7));
        Assert.Equal(2, fault.Hits);
        Assert.Equal(7, (int)fixture.Server.Find(Widget.FakeKind, "lab", "a")!["status"]!["size"]!);
        if (code == 409)
            Assert.DoesNotContain(fixture.Logs.GetSnapshot(), record => record.Level >= LogLevel.Warning);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_is_killed_in_the_middle_of_a_write_loses_nothing(bool afterEffect)
    {
        await using var fixture = await OperatorFixture.CreateAsync();
        var fault = fixture.Server.Inject(new Fault.Drop(afterEffect) { Verb = "patch", Resource = "widgets/status" });
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 7));
        await fixture.Host.StartAsync(Cancellation);
        await fixture.SettledAsync(("a", 7));
        Assert.Equal(1, fault.Hits);
        Assert.Equal(7, (int)fixture.Server.Find(Widget.FakeKind, "lab", "a")!["status"]!["size"]!);
    }

    [Fact]
    public async Task Repeated_watch_events_never_run_one_object_twice_at_once()
    {
        await using var fixture = await OperatorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.RepeatEvents { Verb = "watch", Resource = "widgets", Times = 100 });
        await fixture.Host.StartAsync(Cancellation);
        await fixture.Server.Requests.WaitForAsync(call => call is { Verb: "watch", Resource: "widgets", Code: 200 }, 1, Cancellation);
        for (var size = 1; size <= 20; size++)
        {
            for (var i = 0; i < 5; i++)
                fixture.Server.Put(Widget.FakeKind, Widget.Json($"w{i}", size));
        }

        await UntilAsync(() => Enumerable.Range(0, 5).All(i => (int?)fixture.Server.Find(Widget.FakeKind, "lab", $"w{i}")!["status"]?["size"] == 20));
        Assert.False(fixture.Probe.WasShared);
    }

    [Fact]
    public async Task A_stop_waits_for_the_reconcile_under_way_and_releases_the_lease_only_then()
    {
        await using var fixture = await OperatorFixture.CreateAsync();
        var release = new TaskCompletionSource();
        fixture.Probe.Hold = token => release.Task.WaitAsync(token);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 7));
        await fixture.Host.StartAsync(Cancellation);
        await fixture.Probe.Entered.Reader.ReadAsync(Cancellation);
        var stopping = fixture.Host.StopAsync(Cancellation);
        Assert.False(stopping.IsCompleted);
        Assert.NotEqual("", fixture.Holder);
        release.SetResult();
        await stopping;
        Assert.Equal(7, (int)fixture.Server.Find(Widget.FakeKind, "lab", "a")!["status"]!["size"]!);
        Assert.Equal("", fixture.Holder);
    }

    [Fact]
    public async Task A_reconcile_that_outlasts_the_grace_is_cancelled()
    {
        await using var fixture = await OperatorFixture.CreateAsync(options => options.ShutdownGrace = TimeSpan.Zero);
        fixture.Probe.Hold = token => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 7));
        await fixture.Host.StartAsync(Cancellation);
        await fixture.Probe.Entered.Reader.ReadAsync(Cancellation);
        await fixture.Host.StopAsync(Cancellation);
        Assert.Equal("", fixture.Holder);
    }

    [Fact]
    public async Task A_leader_that_loses_the_api_cancels_its_work_and_ends_the_process_with_a_failure()
    {
        await using var fixture = await OperatorFixture.CreateAsync(election: options =>
        {
            options.LeaseDuration = TimeSpan.FromSeconds(6);
            options.RenewDeadline = TimeSpan.FromSeconds(5);
            options.RetryPeriod = TimeSpan.FromSeconds(0.5);
        });
        var cancelled = new TaskCompletionSource();
        fixture.Probe.Hold = async token =>
        {
            await using var registration = token.UnsafeRegister(_ => cancelled.TrySetResult(), null);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 7));
        await fixture.Host.StartAsync(Cancellation);
        await fixture.Probe.Entered.Reader.ReadAsync(Cancellation);
        fixture.Server.Inject(new Fault.Freeze { Resource = "leases", Times = 10_000 });
        try
        {
            await fixture.Host.WaitForShutdownAsync(Cancellation);
            await cancelled.Task.WaitAsync(Cancellation);
            Assert.Equal(1, Environment.ExitCode);
            Assert.NotEqual("", fixture.Holder);
            Assert.Contains(fixture.Logs.GetSnapshot(), record => record.Level == LogLevel.Critical && record.Exception!.Message.Contains("leadership is lost", StringComparison.Ordinal));
        }
        finally
        {
            Environment.ExitCode = 0;
        }
    }

    [Fact]
    public async Task A_standby_is_ready_and_alive_and_does_nothing()
    {
        await using var fixture = await OperatorFixture.CreateAsync();
        fixture.Server.Put(OperatorFixture.LeaseKind, """
            {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"operator","namespace":"system"},
             "spec":{"holderIdentity":"another","leaseDurationSeconds":3600,"renewTime":"2020-01-01T00:00:00.000000Z"}}
            """);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 7));
        await fixture.Host.StartAsync(Cancellation);
        await fixture.Server.Requests.WaitForAsync(call => call is { Verb: "get", Resource: "leases", Code: 200 }, 1, Cancellation);
        Assert.Equal(HealthStatus.Healthy, (await fixture.HealthAsync(OperatorServiceCollectionExtensions.ReadinessTag)).Status);
        Assert.Equal(HealthStatus.Healthy, (await fixture.HealthAsync(OperatorServiceCollectionExtensions.LivenessTag)).Status);
        await fixture.Host.StopAsync(Cancellation);
        Assert.Equal(0, fixture.Probe.Calls);
        Assert.Equal("another", fixture.Holder);
    }

    [Fact]
    public async Task Is_not_ready_before_the_caches_are_synced()
    {
        await using var fixture = await OperatorFixture.CreateAsync();
        var list = new TaskCompletionSource();
        fixture.Server.Inject(new Fault.Delay(list.Task) { Verb = "list", Resource = "widgets" });
        await fixture.Host.StartAsync(Cancellation);
        Assert.Equal(HealthStatus.Unhealthy, (await fixture.HealthAsync(OperatorServiceCollectionExtensions.ReadinessTag)).Status);
        Assert.Equal(HealthStatus.Healthy, (await fixture.HealthAsync(OperatorServiceCollectionExtensions.LivenessTag)).Status);
        Assert.Equal(0, fixture.Server.Requests.Count("get", "leases"));
        list.SetResult();
        await fixture.Server.Requests.WaitForAsync(call => call.Resource == "leases", 1, Cancellation);
        Assert.Equal(HealthStatus.Healthy, (await fixture.HealthAsync(OperatorServiceCollectionExtensions.ReadinessTag)).Status);
    }

    [Fact]
    public async Task A_stuck_reconcile_fails_the_liveness_check()
    {
        await using var fixture = await OperatorFixture.CreateAsync(options => options.StuckAfter = TimeSpan.FromTicks(1));
        var release = new TaskCompletionSource();
        fixture.Probe.Hold = _ => release.Task;
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 7));
        await fixture.Host.StartAsync(Cancellation);
        await fixture.Probe.Entered.Reader.ReadAsync(Cancellation);
        var report = await fixture.HealthAsync(OperatorServiceCollectionExtensions.LivenessTag);
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Contains("controller widget", report.Entries.Single().Value.Description, StringComparison.Ordinal);
        release.SetResult();
    }

    [Fact]
    public async Task A_background_loop_that_fails_ends_the_host()
    {
        await using var fixture = await OperatorFixture.CreateAsync(more: builder => builder.Services.AddSingleton<IResourceReflector>(new BrokenReflector()));
        await fixture.Host.StartAsync(Cancellation);
        try
        {
            await fixture.Host.WaitForShutdownAsync(Cancellation);
            Assert.Equal(1, Environment.ExitCode);
            Assert.Contains(fixture.Logs.GetSnapshot(), record => record.Message.Contains("background loop broken failed", StringComparison.Ordinal));
        }
        finally
        {
            Environment.ExitCode = 0;
        }
    }

    [Fact]
    public async Task Wrong_options_are_refused_at_the_start_with_the_reason()
    {
        await using var fixture = await OperatorFixture.CreateAsync(election: options => options.RenewDeadline = TimeSpan.FromSeconds(20));
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => fixture.Host.StartAsync(Cancellation));
        Assert.Contains("two could lead at once", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_controller_for_a_kind_is_refused()
    {
        var builder = new ServiceCollection().AddKubernetesOperator().AddController<WidgetController, Widget>();
        Assert.Contains("twice for Widget", Assert.Throws<InvalidOperationException>(() => builder.AddController<WidgetController, Widget>()).Message, StringComparison.Ordinal);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
    }

    private sealed class BrokenReflector : IResourceReflector
    {
        public string Resource => "broken";

        public DateTimeOffset LastActivity => DateTimeOffset.MaxValue;

        public TimeSpan LongestSilence => TimeSpan.FromDays(1);

        public int UndecodableCount => 0;

        public Task RunAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("A defect.");

        public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

        public Task CatchUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
