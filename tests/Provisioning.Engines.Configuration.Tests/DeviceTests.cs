using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Tests;

/// <summary>A device whose configuration commands print and accept.</summary>
public sealed class DeviceTests : ContentTestBase
{
    [Fact]
    public async Task A_device_that_is_read_and_written_by_commands_without_the_lines_that_change_by_themselves()
    {
        UseDevice("cat >\"$f\"");
        await File.WriteAllTextAsync(Device("sw1"), "! Last change 10:00\nhostname sw1\nvlan 7\n", Token);
        var driver = WebHost.DriverFor("sw1");
        var image = await CaptureAsync(driver);
        Assert.Equal("hostname sw1\nvlan 7\n", await File.ReadAllTextAsync(Path.Combine(Host.Spec.ImageDirectory, image.FileName), Token));

        await File.WriteAllTextAsync(Device("sw1"), "! Last change 11:00\nhostname sw1\nvlan 7\n", Token);
        Assert.Equal(image.Digest, (await Host.Engine.ObserveAsync(driver.Node, Token)).ContentsDigest);
        await File.WriteAllTextAsync(Device("sw1"), "! Last change 12:00\nhostname sw1\nvlan 8\n", Token);
        Assert.NotEqual(image.Digest, (await Host.Engine.ObserveAsync(driver.Node, Token)).ContentsDigest);
        var outcome = await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), Host.Engine);

        Assert.Equal("hostname sw1\nvlan 7\n", await File.ReadAllTextAsync(Device("sw1"), Token));
        Assert.Contains("kept", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_takes_something_else_than_it_was_given_gets_back_what_it_had()
    {
        UseDevice("grep -v vlan >\"$f\"; grep -q 'vlan 8' \"$f.before\" 2>/dev/null || :");
        await File.WriteAllTextAsync(Device("sw1"), "hostname old\n", Token);
        var driver = WebHost.DriverFor("sw1");
        var image = await Host.ImageAsync("new", "", "", "hostname new\nvlan 7\n");

        var outcome = await driver.RunAsync(driver.Begin(OperationKind.Load, image), Host.Engine);

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
        Host.Spec.Commands!.Read = read;
        Host.Spec.CommandSeconds = seconds;
        Host.Restart();
        await File.WriteAllTextAsync(Device("sw1"), "hostname old\n", Token);
        var driver = WebHost.DriverFor("sw1");

        var seen = await Host.Engine.ObserveAsync(driver.Node, Token);
        var outcome = await driver.RunAsync(driver.Begin(OperationKind.Load, await Host.ImageAsync("new", "", "", "hostname new\n")), Host.Engine);

        Assert.Equal((FactValue.Unknown, Reasons.UnexpectedAnswer), (seen.Exists.Value, seen.Exists.Reason));
        Assert.Contains(said, seen.Exists.Detail, StringComparison.Ordinal);
        Assert.Equal((OperationPhase.Failed, true), (outcome.Phase, outcome.MachineUntouched));
        Assert.Equal("hostname old\n", await File.ReadAllTextAsync(Device("sw1"), Token));
    }

    private string Device(string name) => Path.Combine(Host.Root, $"{name}.running");

    private void UseDevice(string apply)
    {
        Host.Spec.Files = [];
        Host.Spec.Commands = new() { Read = $"cat {Host.Root}/$1.running", Apply = $"f={Host.Root}/$1.running; {apply}", IgnoreLines = ["^! Last change", ""] };
        Host.Restart();
    }
}
