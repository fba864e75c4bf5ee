using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Tests;

/// <summary>What contents are: files in a strict form, what commands print, whose they are; over a real SSH connection, without a service behind them.</summary>
public sealed class ContentTests : ContentTestBase
{
    /// <summary>As an API server that looks at no value lets them through. A script that looked for the parent of such a path for ever kept a processor of the host busy until it was rebooted.</summary>
    [Theory]
    [InlineData("relative")]
    [InlineData("/etc/x y")]
    [InlineData("/etc/x\ny z")]
    public async Task A_path_that_is_none_is_told_at_once(string path)
    {
        Host.Spec.Files = [path];
        Host.Restart();

        var observation = await Host.Engine.ObserveAsync(WebHost.DriverFor("a").Node, Token).WaitAsync(TimeSpan.FromMinutes(1), Token);

        Assert.Equal(FactValue.Unknown, observation.Exists.Value);
    }

    [Fact]
    public async Task A_content_that_is_not_there_is_made_from_an_image_of_another_node()
    {
        await File.WriteAllTextAsync(FileOf("a"), "one\n", Token);
        File.SetUnixFileMode(FileOf("a"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var (a, b) = (WebHost.DriverFor("a"), WebHost.DriverFor("b"));
        var image = await CaptureAsync(a);
        var absent = await Host.Engine.ObserveAsync(b.Node, Token);
        Assert.Equal((FactValue.No, Reasons.MachineMissing, "missing"), (absent.Exists.Value, absent.Exists.Reason, absent.EngineState));

        await b.SucceedAsync(b.Begin(OperationKind.Load, image), Host.Engine);

        Assert.Equal("one\n", await File.ReadAllTextAsync(FileOf("b"), Token));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(FileOf("b")));
        Assert.Equal(image.Digest, (await Host.Engine.ObserveAsync(b.Node, Token)).ContentsDigest);
        Assert.Equal(image.RevisionId, (await Host.Engine.GetCurrentImageAsync(b.Node, Token)).RevisionId);
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

        await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), Host.Engine);

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
            File.CreateSymbolicLink(Path.Combine(Host.Ssh.ProgramDirectory, applet), "/usr/bin/busybox");

        var seen = await Host.Engine.ObserveAsync(driver.Node, Token);
        Assert.True(image.Digest == seen.ContentsDigest, $"{seen}");
        await File.WriteAllTextAsync(FileOf("a"), "changed", Token);
        await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), Host.Engine);

        Assert.Equal("one\n\ntwo", await File.ReadAllTextAsync(FileOf("a"), Token));
        var again = await driver.SucceedAsync(driver.Begin(OperationKind.Capture, capture: WebHost.Capture("again")), Host.Engine);
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
        var image = await Host.ImageAsync("broken", "", "", text.Replace("@1", Host.Spec.Files[0], StringComparison.Ordinal).Replace("@2", Host.Spec.Files[1], StringComparison.Ordinal));
        var driver = WebHost.DriverFor("a");

        var outcome = await driver.RunAsync(driver.Begin(OperationKind.Load, image), Host.Engine);

        Assert.Equal((OperationPhase.Failed, Reasons.ImageInvalid, true), (outcome.Phase, outcome.Reason, outcome.MachineUntouched));
        Assert.Equal("before", await File.ReadAllTextAsync(FileOf("a"), Token));
    }

    [Fact]
    public async Task Links_and_directories_are_refused_and_unknown()
    {
        File.CreateSymbolicLink(FileOf("a"), "/etc/hostname");
        var driver = WebHost.DriverFor("a");
        var image = await Host.ImageAsync("whole", "", "", $"provisioning-configuration 1\nfile 644 3 {Host.Spec.Files[0]}\nmissing {Host.Spec.Files[1]}\n\none");

        var seen = await Host.Engine.ObserveAsync(driver.Node, Token);
        var outcome = await driver.RunAsync(driver.Begin(OperationKind.Load, image), Host.Engine);

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
        await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), Host.Engine);
        var other = image with { Digest = "sha256:" + new string('0', 64) };

        var there = await Host.Engine.GetImageAsync(image, verify: true, Token);
        Assert.Equal((FactValue.Yes, new FileInfo(Path.Combine(Host.Spec.ImageDirectory, image.FileName)).Length), (there.Exists.Value, there.SizeBytes));
        Assert.Equal(Reasons.ImageDigestMismatch, (await Host.Engine.GetImageAsync(other, verify: false, Token)).Exists.Reason);
        Assert.Equal(Reasons.ImageFileMissing, (await Host.Engine.GetImageAsync(image with { FileName = "nothing" }, verify: false, Token)).Exists.Reason);
        Assert.Equal(Reasons.ImageInvalid, (await Host.Engine.GetImageAsync(image with { Format = Api.Images.ImageFormat.Raw }, verify: false, Token)).Exists.Reason);
        Assert.Equal(Reasons.ImageDigestMismatch, (await Host.Engine.DeleteImageAsync(other, Token)).Reason);
        var kept = await Host.Engine.DeleteImageAsync(image, Token);
        Assert.Equal(Reasons.ImageInUse, kept.Reason);
        Assert.Contains("web/a", kept.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_capture_never_replaces_the_first()
    {
        await File.WriteAllTextAsync(FileOf("a"), "one\n", Token);
        var driver = WebHost.DriverFor("a");
        var image = await CaptureAsync(driver);
        var path = Path.Combine(Host.Spec.ImageDirectory, image.FileName);
        var taken = Path.Combine(Host.Spec.ImageDirectory, "other");
        File.Move(path, taken);
        await File.WriteAllTextAsync(path, "somebody's", Token);

        var outcome = await driver.RunAsync(driver.Begin(OperationKind.Capture, capture: WebHost.Capture()), Host.Engine);

        Assert.Equal((OperationPhase.Failed, Reasons.ImageNameTaken), (outcome.Phase, outcome.Reason));
        Assert.Equal("somebody's", await File.ReadAllTextAsync(path, Token));
    }

    /// <summary>FileShare.Read takes the lock as a look does, FileShare.None as an operation does. Looks once took each other for operations: two at a time, and one of them knew nothing.</summary>
    [Theory]
    [InlineData(FileShare.Read, FactValue.Yes)]
    [InlineData(FileShare.None, FactValue.Unknown)]
    public async Task A_content_is_unknown_while_an_operation_is_at_work_and_known_beside_another_look(FileShare held, FactValue exists)
    {
        await File.WriteAllTextAsync(FileOf("a"), "one\n", Token);
        var driver = WebHost.DriverFor("a");
        await driver.SucceedAsync(driver.Begin(OperationKind.Load, await CaptureAsync(driver)), Host.Engine);
        await using var holder = new FileStream(Path.Combine(Host.Spec.WorkDirectory, "web", "a", "lock"), FileMode.Open, FileAccess.Read, held);

        var seen = await Host.Engine.ObserveAsync(driver.Node, Token);

        Assert.Equal((exists, exists == FactValue.Yes ? null : Reasons.OperationRunning), (seen.Exists.Value, seen.Exists.Reason));
    }

    [Fact]
    public async Task A_host_that_does_not_answer_makes_everything_unknown()
    {
        await Host.Ssh.StopAsync();

        var seen = await Host.Engine.ObserveAsync(WebHost.Node("a"), Token);
        var report = await Host.Engine.ProbeAsync(Token);

        Assert.Equal((FactValue.Unknown, Reasons.HostUnreachable, null), (seen.Exists.Value, seen.Exists.Reason, seen.ContentsDigest));
        Assert.True(report.Reachable.IsUnknown);
    }

    [Fact]
    public async Task A_probe_names_what_the_host_lacks()
    {
        var usable = await Host.Engine.ProbeAsync(Token);
        Assert.True(usable.Reachable.IsYes, $"{usable}");
        Host.Spec.WorkDirectory = "/etc/hostname/work";
        Host.Restart();

        var report = await Host.Engine.ProbeAsync(Token);

        Assert.True(report.Reachable.IsNo);
        Assert.Contains("the directory /etc/hostname/work cannot be written", report.Reachable.Detail, StringComparison.Ordinal);
    }
}
