using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Tests;

/// <summary>Whose a content is: one Node has it at a time, and gives it up when it goes.</summary>
public sealed class ClaimTests : IAsyncLifetime
{
    private readonly WebHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.InitializeAsync();
        (_host.Spec.Check, _host.Spec.Activate, _host.Spec.Verify) = (null, null, null);
        _host.Spec.Files = [$"{_host.Root}/etc/{{machine}}.conf", $"{_host.Root}/etc/{{machine}}.more"];
        _host.Restart();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_content_is_one_nodes_and_another_one_is_told_whose()
    {
        _host.Spec.Files = [$"{_host.Root}/etc/shared.conf"];
        _host.Restart();
        await File.WriteAllTextAsync(FileOf("shared"), "one\n", Token);
        var (a, b) = (WebHost.DriverFor("a"), WebHost.DriverFor("b"));
        var image = await CaptureAsync(a);
        await a.SucceedAsync(a.Begin(OperationKind.Load, image), _host.Engine);

        var seen = await _host.Engine.ObserveAsync(b.Node, Token);
        var outcome = await b.RunAsync(b.Begin(OperationKind.Load, image), _host.Engine);

        Assert.Equal((FactValue.Unknown, Reasons.MachineNotOurs), (seen.Exists.Value, seen.Exists.Reason));
        Assert.Contains("belongs to the Node web/a", seen.Exists.Detail, StringComparison.Ordinal);
        Assert.Equal((OperationPhase.Failed, Reasons.MachineNotOurs, true), (outcome.Phase, outcome.Reason, outcome.MachineUntouched));
        await a.SucceedAsync(a.Begin(OperationKind.Load, image), _host.Engine);
    }

    [Fact]
    public async Task A_content_whose_node_is_gone_can_be_anothers_and_its_image_goes()
    {
        _host.Spec.Files = [$"{_host.Root}/etc/shared.conf"];
        _host.Restart();
        await File.WriteAllTextAsync(FileOf("shared"), "one\n", Token);
        var (a, b) = (WebHost.DriverFor("a"), WebHost.DriverFor("b"));
        var image = await CaptureAsync(a);
        await a.SucceedAsync(a.Begin(OperationKind.Load, image), _host.Engine);

        Assert.Equal(OperationPhase.Succeeded, (await _host.Engine.ReleaseAsync(a.Node, Token)).Phase);

        Assert.Equal("one\n", await File.ReadAllTextAsync(FileOf("shared"), Token));
        await b.SucceedAsync(b.Begin(OperationKind.Load, image), _host.Engine);
        Assert.Equal(Reasons.MachineNotOurs, (await _host.Engine.ObserveAsync(a.Node, Token)).Exists.Reason);
        // Asked late, it takes nothing from the one that came after it.
        Assert.Equal(OperationPhase.Succeeded, (await _host.Engine.ReleaseAsync(a.Node, Token)).Phase);
        Assert.True((await _host.Engine.ObserveAsync(b.Node, Token)).Exists.IsYes);
        Assert.Equal(Reasons.ImageInUse, (await _host.Engine.DeleteImageAsync(image, Token)).Reason);
        await _host.Engine.ReleaseAsync(b.Node, Token);
        Assert.Equal(OperationPhase.Succeeded, (await _host.Engine.DeleteImageAsync(image, Token)).Phase);
    }

    [Fact]
    public async Task A_release_by_an_object_that_was_replaced_gives_up_nothing()
    {
        await File.WriteAllTextAsync(FileOf("a"), "one\n", Token);
        var driver = WebHost.DriverFor("a");
        var image = await CaptureAsync(driver);
        var again = new Driver(driver.Node with { Uid = "uid-again" }) { IdPrefix = "again-", LongestPoll = driver.LongestPoll };
        await again.SucceedAsync(again.Begin(OperationKind.Load, image), _host.Engine);

        await _host.Engine.ReleaseAsync(driver.Node, Token);

        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_host.Spec.WorkDirectory, ".claims")));
    }

    [Fact]
    public async Task What_a_node_claimed_under_another_machine_name_it_has_left()
    {
        await File.WriteAllTextAsync(FileOf("old"), "one\n", Token);
        var driver = WebHost.DriverFor("a");
        driver.Node.Spec.MachineName = "old";
        var image = await CaptureAsync(driver);
        await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), _host.Engine);

        driver.Node.Spec.MachineName = "new";
        await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), _host.Engine);

        var other = WebHost.DriverFor("b");
        other.Node.Spec.MachineName = "old";
        await other.SucceedAsync(other.Begin(OperationKind.Load, image), _host.Engine);
        other.Node.Spec.MachineName = "new";
        Assert.Equal(Reasons.MachineNotOurs, (await _host.Engine.ObserveAsync(other.Node, Token)).Exists.Reason);
    }

    private string FileOf(string node) => Path.Combine(_host.Root, "etc", $"{node}.conf");

    private async Task<ImageTarget> CaptureAsync(Driver driver)
    {
        var capture = WebHost.Capture();
        return Driver.ImageOf(capture, (await driver.SucceedAsync(driver.Begin(OperationKind.Capture, capture: capture), _host.Engine)).CapturedImage!);
    }
}
