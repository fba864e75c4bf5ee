using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Configuration.Tests;

/// <summary>
/// A device that the host reaches by SSH, as a switch: a server of its own with nothing but a command line that prints the running configuration and takes another one line by line,
/// so that a wrong line leaves it half changed.
/// </summary>
public sealed class SwitchTests : IAsyncLifetime
{
    private const string CommandLine =
        """
        #!/bin/sh
        cd "$(dirname "$0")" || exit
        case $SSH_ORIGINAL_COMMAND in
          'show running-config') echo "! Last configuration change at $(date +%s.%N)"; cat running ;;
          'configure replace')
            : >running
            while IFS= read -r line; do
              case $line in
                'hostname '*|'vlan '*|'interface '*|' '*) printf '%s\n' "$line" >>running ;;
                *) echo "% Invalid input: $line"; exit 1 ;;
              esac
            done
            echo x >>replaced ;;
          *) echo "% Unknown command"; exit 1 ;;
        esac
        """;

    private readonly WebHost _host = new();
    private readonly SshServer _device = new() { Greets = false };
    private readonly Driver _driver = WebHost.DriverFor("sw1");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Running => Path.Combine(_device.Directory, "running");

    public async ValueTask InitializeAsync()
    {
        await _host.InitializeAsync();
        await _device.PrepareAsync();
        var program = Path.Combine(_device.Directory, "command-line");
        await File.WriteAllTextAsync(program, CommandLine.ReplaceLineEndings("\n") + "\n", Token);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var keys = Path.Combine(_device.Directory, "authorized_keys");
        await File.WriteAllTextAsync(keys, $"restrict,command=\"{program}\" {await File.ReadAllTextAsync(keys, Token)}", Token);
        await File.WriteAllTextAsync(Path.Combine(_host.Root, "known_hosts"), $"[127.0.0.1]:{_device.Port} {_device.HostKey}\n", Token);
        await File.WriteAllTextAsync(Running, "hostname sw1\nvlan 7\ninterface eth0\n access vlan 7\n", Token);
        var ssh = $"ssh -i {_device.Directory}/client -p {_device.Port} -o UserKnownHostsFile={_host.Root}/known_hosts -o BatchMode=yes 127.0.0.1";
        (_host.Spec.Files, _host.Spec.Check, _host.Spec.Activate, _host.Spec.Verify) = ([], null, null, null);
        _host.Spec.Commands = new() { Read = $"{ssh} show running-config", Apply = $"{ssh} configure replace", IgnoreLines = ["^! Last configuration change at"] };
        _host.Restart();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _device.DisposeAsync();
    }

    [Fact]
    public async Task Its_running_configuration_is_captured_and_a_change_by_hand_is_put_right()
    {
        var capture = WebHost.Capture();
        var captured = (await _driver.SucceedAsync(_driver.Begin(OperationKind.Capture, capture: capture), _host.Engine)).CapturedImage!;
        var image = Driver.ImageOf(capture, captured);
        Assert.Equal(image.Digest, (await _host.Engine.ObserveAsync(_driver.Node, Token)).ContentsDigest);
        await File.WriteAllTextAsync(Running, "hostname sw1\nvlan 8\n", Token);
        Assert.NotEqual(image.Digest, (await _host.Engine.ObserveAsync(_driver.Node, Token)).ContentsDigest);

        await _driver.SucceedAsync(_driver.Begin(OperationKind.Load, image), _host.Engine);

        Assert.Equal("hostname sw1\nvlan 7\ninterface eth0\n access vlan 7\n", await File.ReadAllTextAsync(Running, Token));
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(_device.Directory, "replaced"), Token));
        Assert.Equal(image.RevisionId, (await _host.Engine.GetCurrentImageAsync(_driver.Node, Token)).RevisionId);
    }

    [Fact]
    public async Task A_line_that_it_refuses_in_the_middle_does_not_leave_it_half_changed()
    {
        var before = await File.ReadAllTextAsync(Running, Token);
        var image = await _host.ImageAsync("wrong", "", "", "hostname sw1\nvlan 8\nvlam 9\ninterface eth0\n");

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, image), _host.Engine);

        Assert.Equal((OperationPhase.Failed, Reasons.StepFailed, FailureKind.NeedsPerson, true), (outcome.Phase, outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
        Assert.Contains("% Invalid input: vlam 9", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(Running, Token));
    }

    [Fact]
    public async Task While_it_does_not_answer_nothing_is_known_and_nothing_is_written()
    {
        await _device.StopAsync();

        var seen = await _host.Engine.ObserveAsync(_driver.Node, Token);
        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, await _host.ImageAsync("new", "", "", "hostname sw2\n")), _host.Engine);

        Assert.True(seen.Exists.IsUnknown && seen.ContentsDigest is null);
        Assert.Contains("Connection refused", seen.Exists.Detail, StringComparison.Ordinal);
        Assert.Equal((OperationPhase.Failed, Reasons.CommandFailed, FailureKind.Retry, true), (outcome.Phase, outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
    }
}
