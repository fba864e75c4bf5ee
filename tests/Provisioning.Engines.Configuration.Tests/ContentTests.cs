using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Tests;

/// <summary>What contents are: files in a strict form, what commands print, whose they are; over a real SSH connection, without a service behind them.</summary>
public sealed class ContentTests : IAsyncLifetime
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

    /// <summary>As an API server that looks at no value lets them through. A script that looked for the parent of such a path for ever kept a processor of the host busy until it was rebooted.</summary>
    [Theory]
    [InlineData("relative")]
    [InlineData("/etc/x y")]
    [InlineData("/etc/x\ny z")]
    public async Task A_path_that_is_none_is_told_at_once(string path)
    {
        _host.Spec.Files = [path];
        _host.Restart();

        var observation = await _host.Engine.ObserveAsync(WebHost.DriverFor("a").Node, Token).WaitAsync(TimeSpan.FromSeconds(15), Token);

        Assert.Equal(FactValue.Unknown, observation.Exists.Value);
    }

    [Fact]
    public async Task A_content_that_is_not_there_is_made_from_an_image_of_another_node()
    {
        await File.WriteAllTextAsync(FileOf("a"), "one\n", Token);
        File.SetUnixFileMode(FileOf("a"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var (a, b) = (WebHost.DriverFor("a"), WebHost.DriverFor("b"));
        var image = await CaptureAsync(a);
        var absent = await _host.Engine.ObserveAsync(b.Node, Token);
        Assert.Equal((FactValue.No, Reasons.MachineMissing, "missing"), (absent.Exists.Value, absent.Exists.Reason, absent.EngineState));

        await b.SucceedAsync(b.Begin(OperationKind.Load, image), _host.Engine);

        Assert.Equal("one\n", await File.ReadAllTextAsync(FileOf("b"), Token));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(FileOf("b")));
        Assert.Equal(image.Digest, (await _host.Engine.ObserveAsync(b.Node, Token)).ContentsDigest);
        Assert.Equal(image.RevisionId, (await _host.Engine.GetCurrentImageAsync(b.Node, Token)).RevisionId);
    }

    [Fact]
    public async Task A_path_that_no_schema_takes_leaves_nothing_that_runs_for_ever_on_the_host()
    {
        _host.Spec.Files = [$"{_host.Root}/etc/x\nnowhere\n"];
        _host.Restart();

        var seen = await _host.Engine.ObserveAsync(WebHost.DriverFor("a").Node, Token);

        Assert.Equal((FactValue.No, Reasons.MachineMissing), (seen.Exists.Value, seen.Exists.Reason));
    }

    [Fact]
    public async Task Binary_contents_with_empty_lines_and_without_a_last_line_feed_come_back_byte_by_byte()
    {
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value), .. "\n\nfile 644 3 x\n\n"u8, 0, 255];
        await File.WriteAllBytesAsync(FileOf("a"), bytes, Token);
        await File.WriteAllBytesAsync(Path.ChangeExtension(FileOf("a"), "more"), [], Token);
        var driver = WebHost.DriverFor("a");
        var image = await CaptureAsync(driver);
        File.Delete(FileOf("a"));

        await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), _host.Engine);

        Assert.Equal(bytes, await File.ReadAllBytesAsync(FileOf("a"), Token));
        Assert.Empty(await File.ReadAllBytesAsync(Path.ChangeExtension(FileOf("a"), "more"), Token));
    }

    [Fact]
    public async Task The_digest_is_the_same_with_the_programs_of_busybox_and_contents_are_applied_with_them()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/busybox"), "needs the package busybox-static");
        await File.WriteAllTextAsync(FileOf("a"), "one\n\ntwo", Token);
        var driver = WebHost.DriverFor("a");
        var image = await CaptureAsync(driver);
        var known = (await Programs.RunAsync("busybox", ["--list"], cancellationToken: TestContext.Current.CancellationToken)).Split('\n');
        foreach (var applet in known.Intersect(["sh", "sed", "cut", "stat", "sha256sum", "timeout", "grep", "tail", "head", "cat", "mkdir", "rm", "mv", "cp", "ln", "chmod", "chown", "wc", "tr", "ls", "sort", "touch", "sleep", "date", "printf", "test", "flock", "setsid", "sync"]))
            File.CreateSymbolicLink(Path.Combine(_host.Ssh.ProgramDirectory, applet), "/usr/bin/busybox");

        var seen = await _host.Engine.ObserveAsync(driver.Node, Token);
        Assert.True(image.Digest == seen.ContentsDigest, $"{seen}");
        await File.WriteAllTextAsync(FileOf("a"), "changed", Token);
        await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), _host.Engine);

        Assert.Equal("one\n\ntwo", await File.ReadAllTextAsync(FileOf("a"), Token));
        var again = await driver.SucceedAsync(driver.Begin(OperationKind.Capture, capture: WebHost.Capture("again")), _host.Engine);
        Assert.Equal(image.Digest, again.CapturedImage!.Digest);
    }

    public static TheoryData<string> Broken =>
    [
        "",
        "provisioning-configuration 2\nfile 644 3 @1\nmissing @2\n\none",
        "provisioning-configuration 1\nfile 644 3 @1\n\none",
        "provisioning-configuration 1\nmissing @2\nfile 644 3 @1\n\none",
        "provisioning-configuration 1\nfile 644 3 @1\nmissing @2\nmissing @3\n\none",
        "provisioning-configuration 1\nfile 644 3 /etc/passwd\nmissing @2\n\none",
        "provisioning-configuration 1\nfile 0644 3 @1\nmissing @2\n\none",
        "provisioning-configuration 1\nfile 644 4 @1\nmissing @2\n\none",
        "provisioning-configuration 1\nfile 644 3 @1\nmissing @2\n\none more",
        "provisioning-configuration 1\nfile 644 -3 @1\nmissing @2\n\none",
        "provisioning-configuration 1\nfile 64a 3 @1\nmissing @2\n\none",
        "provisioning-configuration 1\nfile 644 3 @1\nmissing @2",
    ];

    [Theory, MemberData(nameof(Broken))]
    public async Task An_image_that_is_not_exactly_the_files_of_the_provisioner_is_refused(string text)
    {
        await File.WriteAllTextAsync(FileOf("a"), "before", Token);
        var image = await _host.ImageAsync("broken", "", "", text.Replace("@1", _host.Spec.Files[0], StringComparison.Ordinal).Replace("@2", _host.Spec.Files[1], StringComparison.Ordinal));
        var driver = WebHost.DriverFor("a");

        var outcome = await driver.RunAsync(driver.Begin(OperationKind.Load, image), _host.Engine);

        Assert.Equal((OperationPhase.Failed, Reasons.ImageInvalid, true), (outcome.Phase, outcome.Reason, outcome.MachineUntouched));
        Assert.Equal("before", await File.ReadAllTextAsync(FileOf("a"), Token));
    }

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

    [Fact]
    public async Task Links_and_directories_are_refused_and_unknown()
    {
        File.CreateSymbolicLink(FileOf("a"), "/etc/hostname");
        var driver = WebHost.DriverFor("a");
        var image = await _host.ImageAsync("whole", "", "", $"provisioning-configuration 1\nfile 644 3 {_host.Spec.Files[0]}\nmissing {_host.Spec.Files[1]}\n\none");

        var seen = await _host.Engine.ObserveAsync(driver.Node, Token);
        var outcome = await driver.RunAsync(driver.Begin(OperationKind.Load, image), _host.Engine);

        Assert.True(seen.Exists.IsUnknown && seen.ContentsDigest is null);
        Assert.Contains("is a symbolic link", seen.Exists.Detail, StringComparison.Ordinal);
        Assert.Equal((OperationPhase.Failed, Reasons.InvalidSpec, true), (outcome.Phase, outcome.Reason, outcome.MachineUntouched));
        Assert.NotNull(new FileInfo(FileOf("a")).LinkTarget);
    }

    [Fact]
    public async Task An_image_in_the_library_is_there_missing_or_another_and_what_is_in_use_stays()
    {
        await File.WriteAllTextAsync(FileOf("a"), "one\n", Token);
        var driver = WebHost.DriverFor("a");
        var image = await CaptureAsync(driver);
        await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), _host.Engine);
        var other = image with { Digest = "sha256:" + new string('0', 64) };

        var there = await _host.Engine.GetImageAsync(image, verify: true, Token);
        Assert.Equal((FactValue.Yes, new FileInfo(Path.Combine(_host.Spec.ImageDirectory, image.FileName)).Length), (there.Exists.Value, there.SizeBytes));
        Assert.Equal(Reasons.ImageDigestMismatch, (await _host.Engine.GetImageAsync(other, verify: false, Token)).Exists.Reason);
        Assert.Equal(Reasons.ImageFileMissing, (await _host.Engine.GetImageAsync(image with { FileName = "nothing" }, verify: false, Token)).Exists.Reason);
        Assert.Equal(Reasons.ImageInvalid, (await _host.Engine.GetImageAsync(image with { Format = Api.Images.ImageFormat.Raw }, verify: false, Token)).Exists.Reason);
        Assert.Equal(Reasons.ImageDigestMismatch, (await _host.Engine.DeleteImageAsync(other, Token)).Reason);
        var kept = await _host.Engine.DeleteImageAsync(image, Token);
        Assert.Equal(Reasons.ImageInUse, kept.Reason);
        Assert.Contains("web/a", kept.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_capture_never_replaces_the_first()
    {
        await File.WriteAllTextAsync(FileOf("a"), "one\n", Token);
        var driver = WebHost.DriverFor("a");
        var image = await CaptureAsync(driver);
        var path = Path.Combine(_host.Spec.ImageDirectory, image.FileName);
        var taken = Path.Combine(_host.Spec.ImageDirectory, "other");
        File.Move(path, taken);
        await File.WriteAllTextAsync(path, "somebody's", Token);

        var outcome = await driver.RunAsync(driver.Begin(OperationKind.Capture, capture: WebHost.Capture()), _host.Engine);

        Assert.Equal((OperationPhase.Failed, Reasons.ImageNameTaken), (outcome.Phase, outcome.Reason));
        Assert.Equal("somebody's", await File.ReadAllTextAsync(path, Token));
    }

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
    [InlineData("echo no route to $1 >&2; exit 3", "no route to sw1 the command that reads ended with exit code 3")]
    [InlineData("sleep 60", "did not end within 2 s")]
    public async Task A_device_that_cannot_be_read_is_unknown_and_is_not_written(string read, string said)
    {
        UseDevice("cat >\"$f\"");
        _host.Spec.Commands!.Read = read;
        _host.Spec.CommandSeconds = 2;
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

    [Fact]
    public async Task A_host_that_does_not_answer_makes_everything_unknown()
    {
        await _host.Ssh.StopAsync();

        var seen = await _host.Engine.ObserveAsync(WebHost.Node("a"), Token);
        var report = await _host.Engine.ProbeAsync(Token);

        Assert.Equal((FactValue.Unknown, Reasons.HostUnreachable, null), (seen.Exists.Value, seen.Exists.Reason, seen.ContentsDigest));
        Assert.True(report.Reachable.IsUnknown);
    }

    [Fact]
    public async Task A_probe_names_what_the_host_lacks()
    {
        var usable = await _host.Engine.ProbeAsync(Token);
        Assert.True(usable.Reachable.IsYes, $"{usable}");
        _host.Spec.WorkDirectory = "/etc/hostname/work";
        _host.Restart();

        var report = await _host.Engine.ProbeAsync(Token);

        Assert.True(report.Reachable.IsNo);
        Assert.Contains("the directory /etc/hostname/work cannot be written", report.Reachable.Detail, StringComparison.Ordinal);
    }

    private string FileOf(string node) => Path.Combine(_host.Root, "etc", $"{node}.conf");

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
