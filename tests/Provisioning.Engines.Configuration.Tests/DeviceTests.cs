using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Tests;

/// <summary>A device whose configuration commands print and accept.</summary>
public sealed class DeviceTests : IAsyncLifetime
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
    public async Task A_device_that_is_read_and_written_by_commands_without_the_lines_that_change_by_themselves()
    {
        UseDevice("cat >\"$f\"");
        await File.WriteAllTextAsync(Device("sw1"), "! Last change 10:00\nhostname sw1\nvlan 7\n", Token);
        var driver = WebHost.DriverFor("sw1");
        var image = await CaptureAsync(driver);
        Assert.Equal("hostname sw1\nvlan 7\n", await File.ReadAllTextAsync(Path.Combine(_host.Spec.ImageDirectory, image.FileName), Token));

        await File.WriteAllTextAsync(Device("sw1"), "! Last change 11:00\nhostname sw1\nvlan 7\n", Token);
        Assert.Equal(image.Digest, (await _host.Engine.ObserveAsync(driver.Node, Token)).ContentsDigest);
        await File.WriteAllTextAsync(Device("sw1"), "! Last change 12:00\nhostname sw1\nvlan 8\n", Token);
        Assert.NotEqual(image.Digest, (await _host.Engine.ObserveAsync(driver.Node, Token)).ContentsDigest);
        var outcome = await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), _host.Engine);

        Assert.Equal("hostname sw1\nvlan 7\n", await File.ReadAllTextAsync(Device("sw1"), Token));
        Assert.Contains("kept", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_takes_something_else_than_it_was_given_gets_back_what_it_had()
    {
        UseDevice("grep -v vlan >\"$f\"; grep -q 'vlan 8' \"$f.before\" 2>/dev/null || :");
        await File.WriteAllTextAsync(Device("sw1"), "hostname old\n", Token);
        var driver = WebHost.DriverFor("sw1");
        var image = await _host.ImageAsync("new", "", "", "hostname new\nvlan 7\n");

        var outcome = await driver.RunAsync(driver.Begin(OperationKind.Load, image), _host.Engine);

        Assert.Equal((OperationPhase.Failed, Reasons.StepFailed, true), (outcome.Phase, outcome.Reason, outcome.MachineUntouched));
        Assert.Contains("the content reads otherwise", outcome.Message, StringComparison.Ordinal);
        Assert.Equal("hostname old\n", await File.ReadAllTextAsync(Device("sw1"), Token));
    }

    [Theory]
    [InlineData("echo no route to $1 >&2; exit 3", 60, "no route to sw1 the command that reads ended with exit code 3")]
    [InlineData("sleep 60", 2, "did not end within 2 s")]
    public async Task A_device_that_cannot_be_read_is_unknown_and_is_not_written(string read, int seconds, string said)
    {
        UseDevice("cat >\"$f\"");
        _host.Spec.Commands!.Read = read;
        _host.Spec.CommandSeconds = seconds;
        _host.Restart();
        await File.WriteAllTextAsync(Device("sw1"), "hostname old\n", Token);
        var driver = WebHost.DriverFor("sw1");

        var seen = await _host.Engine.ObserveAsync(driver.Node, Token);
        var outcome = await driver.RunAsync(driver.Begin(OperationKind.Load, await _host.ImageAsync("new", "", "", "hostname new\n")), _host.Engine);

        Assert.Equal((FactValue.Unknown, Reasons.UnexpectedAnswer), (seen.Exists.Value, seen.Exists.Reason));
        Assert.Contains(said, seen.Exists.Detail, StringComparison.Ordinal);
        Assert.Equal((OperationPhase.Failed, true), (outcome.Phase, outcome.MachineUntouched));
        Assert.Equal("hostname old\n", await File.ReadAllTextAsync(Device("sw1"), Token));
    }

    private string Device(string name) => Path.Combine(_host.Root, $"{name}.running");

    private void UseDevice(string apply)
    {
        _host.Spec.Files = [];
        _host.Spec.Commands = new() { Read = $"cat {_host.Root}/$1.running", Apply = $"f={_host.Root}/$1.running; {apply}", IgnoreLines = ["^! Last change", ""] };
        _host.Restart();
    }

    private async Task<ImageTarget> CaptureAsync(Driver driver)
    {
        var capture = WebHost.Capture();
        return Driver.ImageOf(capture, (await driver.SucceedAsync(driver.Begin(OperationKind.Capture, capture: capture), _host.Engine)).CapturedImage!);
    }
}
