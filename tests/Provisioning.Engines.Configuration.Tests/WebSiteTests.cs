using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Tests;

/// <summary>The life of a real nginx over a real SSH connection.</summary>
public sealed class WebSiteTests : IAsyncLifetime
{
    private readonly WebHost _host = new();
    private readonly Driver _driver = WebHost.DriverFor("shop");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(WebHost.HasNginx, "needs nginx");
        await _host.InitializeAsync();
        await _host.StartSiteAsync("shop");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_site_is_captured_and_what_somebody_changes_is_seen_and_repaired()
    {
        var golden = await CaptureAsync();
        Assert.Equal(FactValue.Yes, (await _host.Engine.GetImageAsync(golden, verify: true, Token)).Exists.Value);
        var seen = await ObserveAsync();
        Assert.Equal((FactValue.Yes, golden.Digest, golden.Digest, "in place", PowerValue.Unknown), (seen.Exists.Value, seen.ContentsDigest, seen.EngineImage, seen.EngineState, seen.Power.Value));
        Assert.Equal(Reasons.NotSupported, seen.Power.Reason);

        await File.WriteAllTextAsync(_host.PathOf("shop"), WebHost.Greeting("by-hand"), Token);
        Assert.NotEqual(golden.Digest, (await ObserveAsync()).ContentsDigest);
        var outcome = await LoadAsync(golden);

        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
        Assert.Equal(golden.Digest, (await ObserveAsync()).ContentsDigest);
        await _host.AssertServesAsync("shop", "1");
        var kept = Assert.Single(Directory.GetFiles(Path.Combine(_host.Spec.WorkDirectory, "web", "shop", "kept")));
        Assert.Contains(kept, outcome.Message, StringComparison.Ordinal);
        Assert.Contains("version by-hand", await File.ReadAllTextAsync(kept, Token), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(kept));
    }

    [Fact]
    public async Task Another_mode_of_a_file_is_drift_too_and_is_repaired()
    {
        var golden = await CaptureAsync();
        File.SetUnixFileMode(_host.PathOf("shop"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        Assert.NotEqual(golden.Digest, (await ObserveAsync()).ContentsDigest);

        Assert.Equal(OperationPhase.Succeeded, (await LoadAsync(golden)).Phase);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(_host.PathOf("shop")));
    }

    [Fact]
    public async Task A_new_version_takes_over_without_a_gap_and_what_was_planned_is_not_kept()
    {
        await LoadAsync(await CaptureAsync());
        var watch = await _host.WatchAsync("shop");

        var outcome = await LoadAsync(await _host.SiteImageAsync("shop", "2"));

        var missed = await watch.EndAsync();
        Assert.Equal(OperationPhase.Succeeded, outcome.Phase);
        Assert.DoesNotContain("kept", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(0, missed);
        await _host.AssertServesAsync("shop", "2");
    }

    [Fact]
    public async Task A_missing_file_is_part_of_the_content_and_one_that_was_added_goes()
    {
        File.Delete(_host.PathOf("shop"));
        await File.WriteAllTextAsync(_host.PathOf("shop", "nginx.conf"), _host.Main("shop").Replace("include greeting.conf;", WebHost.Greeting("0").ReplaceLineEndings("\n"), StringComparison.Ordinal), Token);
        _host.Spec.Verify = null;
        _host.Restart();
        var golden = await CaptureAsync();
        Assert.Equal("partly missing", (await ObserveAsync()).EngineState);
        await File.WriteAllTextAsync(_host.PathOf("shop"), "added", Token);

        Assert.Equal(OperationPhase.Succeeded, (await LoadAsync(golden)).Phase);

        Assert.False(File.Exists(_host.PathOf("shop")));
    }

    [Fact]
    public async Task What_does_not_pass_the_check_changes_nothing()
    {
        await LoadAsync(await CaptureAsync());
        var before = await ObserveAsync();

        var outcome = await LoadAsync(await _host.SiteImageAsync("shop", "broken", more: "no such directive;"));

        Assert.Equal((OperationPhase.Failed, Reasons.StepFailed, FailureKind.NeedsPerson, true), (outcome.Phase, outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
        Assert.Contains("does not pass the check", outcome.Message, StringComparison.Ordinal);
        Assert.Contains("unknown directive \"no\"", outcome.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed.", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(before.ContentsDigest, (await ObserveAsync()).ContentsDigest);
        await _host.AssertServesAsync("shop", "1");
    }

    [Fact]
    public async Task What_passes_the_check_and_does_not_work_is_rolled_back_by_itself_and_the_service_was_never_down()
    {
        await LoadAsync(await CaptureAsync());
        var before = await ObserveAsync();
        var watch = await _host.WatchAsync("shop");

        var outcome = await LoadAsync(await _host.SiteImageAsync("shop", "sick", sick: true));

        var missed = await watch.EndAsync();
        Assert.Equal((OperationPhase.Failed, Reasons.StepFailed, true), (outcome.Phase, outcome.Reason, outcome.MachineUntouched));
        Assert.Contains("does not work with shop-sick revision 1", outcome.Message, StringComparison.Ordinal);
        Assert.Contains("version sick answers 500", outcome.Message, StringComparison.Ordinal);
        Assert.Contains("The content from before is back, and works.", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(before.ContentsDigest, (await ObserveAsync()).ContentsDigest);
        await _host.AssertServesAsync("shop", "1");
        Assert.Equal(0, missed);
        Assert.Empty(Directory.GetFiles(Path.Combine(_host.Root, "etc", "shop"), ".*"));
    }

    [Fact]
    public async Task A_way_back_that_does_not_work_is_told()
    {
        await LoadAsync(await CaptureAsync());
        await File.WriteAllTextAsync(_host.PathOf("shop"), WebHost.Greeting("ill", sick: true), Token);

        var outcome = await LoadAsync(await _host.SiteImageAsync("shop", "sick", sick: true));

        Assert.Equal((OperationPhase.Failed, false), (outcome.Phase, outcome.MachineUntouched));
        Assert.Contains("the service does not work with it either", outcome.Message, StringComparison.Ordinal);
        Assert.Contains("version ill", await File.ReadAllTextAsync(_host.PathOf("shop"), Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_in_a_content_are_in_no_message_and_in_no_job_log()
    {
        const string secret = "hunter2-correct-horse";
        var outcome = await LoadAsync(await _host.SiteImageAsync("shop", "2", more: $"# password {secret}"));
        Assert.Equal(OperationPhase.Succeeded, outcome.Phase);
        var failed = await LoadAsync(await _host.SiteImageAsync("shop", "sick", sick: true, more: $"# password {secret}"));
        var seen = await ObserveAsync();

        Assert.DoesNotContain(secret, outcome.Message + failed.Message + seen, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(Path.Combine(_host.Spec.WorkDirectory, "web", "shop", "jobs"), "*", SearchOption.AllDirectories), file => Assert.DoesNotContain(secret, File.ReadAllText(file), StringComparison.Ordinal));
    }

    private Task<Observation> ObserveAsync() => _host.Engine.ObserveAsync(_driver.Node, Token);

    private Task<OperationOutcome> LoadAsync(ImageTarget image) => _driver.RunAsync(_driver.Begin(OperationKind.Load, image), _host.Engine);

    private async Task<ImageTarget> CaptureAsync()
    {
        var capture = WebHost.Capture();
        var outcome = await _driver.SucceedAsync(_driver.Begin(OperationKind.Capture, capture: capture), _host.Engine);
        return Driver.ImageOf(capture, outcome.CapturedImage!);
    }
}
