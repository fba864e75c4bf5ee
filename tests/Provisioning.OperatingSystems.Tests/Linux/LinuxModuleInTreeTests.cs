using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.OperatingSystems.Linux;

namespace Provisioning.OperatingSystems.Tests.Linux;

/// <summary>The scripts for real, as root in a throw-away root file system, under three shells.</summary>
public sealed class LinuxModuleInTreeTests
{
    private static readonly LinuxModule Module = new();

    public static TheoryData<string> Shells => ["dash", "bash", "busybox"];

    [Theory, MemberData(nameof(Shells))]
    public async Task A_capture_leaves_nothing_of_this_machine_and_the_second_run_changes_nothing(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        var passwd = tree.Read("/etc/passwd");
        await tree.RunAsync("""
            set -e
            mkdir -p "/tmp/-rf
            x" /tmp/dir/deep /var/tmp/old /home/user /etc/NetworkManager/system-connections /etc/network /var/lib/dhcp /var/lib/systemd /var/lib/cloud/instances/i /etc/udev/rules.d /var/lib/dbus /var/log/mysql
            ln -s /etc/passwd "/tmp/dir/a link"; ln -s /etc /tmp/etc; echo x >"/tmp/-rf
            x/- file"; ln -s /var/lib/cloud/instances/i /var/lib/cloud/instance
            ln -s /etc/passwd /home/user/.bash_history; echo secret >/root/.bash_history
            echo log >/var/log/syslog; echo old >/var/log/syslog.1; echo z >/var/log/app.log.2.gz; echo data >/var/log/mysql/mysql-bin.000001; ln -s /etc/passwd /var/log/evil.log
            printf '[connection]\nid=a\nuuid=1\n[ethernet]\nmac-address=52:54:00:AA:bb:01\ncloned-mac-address=stable\n' >/etc/NetworkManager/system-connections/eth.nmconnection
            chmod 600 /etc/NetworkManager/system-connections/eth.nmconnection
            printf 'iface eth0 inet dhcp\n  hwaddress ether 52:54:00:00:00:01\n' >/etc/network/interfaces
            echo lease >/var/lib/dhcp/dhclient.eth0.leases; echo seed >/var/lib/systemd/random-seed; echo rule >/etc/udev/rules.d/70-persistent-net.rules
            echo 11111111111111111111111111111111 >/etc/machine-id; cp /etc/machine-id /var/lib/dbus/machine-id
            """);

        var outcome = await Module.PrepareCaptureAsync(tree, Identities.Capture, TestContext.Current.CancellationToken);

        Assert.True(outcome.Complete, outcome.Message);
        Assert.All(outcome.Steps, step => Assert.True(step.Result != StepResult.Failed, $"{step.Name}: {step.Message}"));
        Assert.Equal(passwd, tree.Read("/etc/passwd"));
        Assert.Empty(Directory.GetFileSystemEntries(tree.PathOf("/tmp")));
        Assert.Empty(Directory.GetFileSystemEntries(tree.PathOf("/var/tmp")));
        Assert.Equal(["evil.log", "mysql", "syslog"], Directory.GetFileSystemEntries(tree.PathOf("/var/log")).Select(Path.GetFileName).Order());
        Assert.Equal("", tree.Read("/var/log/syslog"));
        Assert.Equal("data\n", tree.Read("/var/log/mysql/mysql-bin.000001"));
        Assert.False(File.Exists(tree.PathOf("/root/.bash_history")));
        Assert.NotNull(new FileInfo(tree.PathOf("/home/user/.bash_history")).LinkTarget);
        Assert.Equal("[connection]\nid=a\nuuid=1\n[ethernet]\ncloned-mac-address=stable\n", tree.Read("/etc/NetworkManager/system-connections/eth.nmconnection"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(tree.PathOf("/etc/NetworkManager/system-connections/eth.nmconnection")));
        Assert.Equal("iface eth0 inet dhcp\n", tree.Read("/etc/network/interfaces"));
        Assert.Empty(Directory.GetFileSystemEntries(tree.PathOf("/var/lib/dhcp")));
        Assert.Empty(Directory.GetFileSystemEntries(tree.PathOf("/var/lib/cloud")));
        Assert.False(File.Exists(tree.PathOf("/var/lib/systemd/random-seed")));
        Assert.Equal("", tree.Read("/etc/machine-id"));
        Assert.Equal("/etc/machine-id", new FileInfo(tree.PathOf("/var/lib/dbus/machine-id")).LinkTarget);
        Assert.StartsWith("golden\nid=golden\n", tree.Read("/root/currentimage.txt"), StringComparison.Ordinal);
        if (shell != "busybox")
            Assert.Equal([KeyOf(tree)], outcome.HostKeys);

        var again = await Module.PrepareCaptureAsync(tree, Identities.Capture, TestContext.Current.CancellationToken);

        Assert.True(again.Complete, again.Message);
        Assert.All(again.Steps, step => Assert.True(step.Result is StepResult.Unchanged or StepResult.Skipped, $"{step.Name}: {step.Result} {step.Message}"));
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_load_gives_an_identity_once(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        tree.Write("/etc/machine-id", "11111111111111111111111111111111\n");
        File.SetLastWriteTimeUtc(tree.PathOf("/etc/machine-id"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        tree.Write("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 golden\n");
        tree.Write("/root/currentimage.txt", "other\nimagerevision_id=7\nvcld_post_load=success (then)\n");
        var imageKey = shell == "busybox" ? null : KeyOf(tree);

        var outcome = await PostLoadAsync(tree, Identities.Load);

        Assert.True(outcome.Complete, outcome.Message);
        Assert.Equal("clone-1.example\n", tree.Read("/etc/hostname"));
        Assert.Equal("clone-1.example\n", await tree.RunAsync("cat /proc/sys/kernel/hostname"));
        Assert.Equal("127.0.0.1 localhost\n127.0.1.1\tclone-1.example clone-1\n", tree.Read("/etc/hosts"));
        var machineId = tree.Read("/etc/machine-id");
        Assert.Matches("^[0-9a-f]{32}\n$", machineId);
        Assert.NotEqual("11111111111111111111111111111111\n", machineId);
        if (imageKey is not null)
        {
            Assert.NotEqual(imageKey, KeyOf(tree));
            Assert.Equal([KeyOf(tree)], outcome.HostKeys);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(tree.PathOf("/etc/ssh/ssh_host_ed25519_key")));
            Assert.Equal(2, Directory.GetFileSystemEntries(tree.PathOf("/etc/ssh")).Length);
        }

        var reading = await Module.ObserveAsync(tree, TestContext.Current.CancellationToken);
        Assert.Equal(("golden", "golden@3", "load-1"), (reading.CurrentImage.Name, reading.CurrentImage.RevisionId, reading.CurrentImage.OperationId));
        Assert.True(reading.Configured.IsYes);
        Assert.True(reading.Tainted.IsNo);
        Assert.NotNull(reading.BootId);
        Assert.Equal(outcome.HostKeys ?? [], reading.HostKeys);

        var again = await PostLoadAsync(tree, Identities.Load with { OperationId = "post-load-2", RecordedHostKeys = outcome.HostKeys ?? [] });

        Assert.True(again.Complete, again.Message);
        Assert.All(again.Steps, step => Assert.True(step.Result is StepResult.Unchanged or StepResult.Skipped, $"{step.Name}: {step.Result} {step.Message}"));
        Assert.Equal(machineId, tree.Read("/etc/machine-id"));
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_clone_of_a_captured_machine_keeps_the_machine_id_of_its_first_boot_and_gets_other_host_keys(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        tree.Write("/etc/machine-id", "11111111111111111111111111111111\n");
        await PostLoadAsync(tree, Identities.Load);
        var first = await Module.ObserveAsync(tree, TestContext.Current.CancellationToken);
        await Module.PrepareCaptureAsync(tree, Identities.Capture, TestContext.Current.CancellationToken);
        tree.Write("/etc/machine-id", "22222222222222222222222222222222\n");

        await PostLoadAsync(tree, Identities.Load with { OperationId = "load-2", LoadOperationId = "load-2" });

        Assert.Equal("22222222222222222222222222222222\n", tree.Read("/etc/machine-id"));
        var second = await Module.ObserveAsync(tree, TestContext.Current.CancellationToken);
        Assert.Equal("load-2", second.CurrentImage.OperationId);
        if (shell != "busybox")
            Assert.NotEqual(first.HostKeys, second.HostKeys);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_machine_that_is_used_again_after_a_capture_keeps_its_host_keys_and_gets_a_machine_id(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        tree.Write("/etc/machine-id", "11111111111111111111111111111111\n");
        await PostLoadAsync(tree, Identities.Load);
        var before = await Module.ObserveAsync(tree, TestContext.Current.CancellationToken);
        await Module.PrepareCaptureAsync(tree, Identities.Capture with { ImageName = "new", RevisionId = "new@1" }, TestContext.Current.CancellationToken);

        await PostLoadAsync(tree, Identities.Load with { OperationId = "post-load-9" });

        var after = await Module.ObserveAsync(tree, TestContext.Current.CancellationToken);
        Assert.Equal(before.HostKeys, after.HostKeys);
        Assert.Equal(("golden@3", true), (after.CurrentImage.RevisionId, after.Configured.IsYes));
        Assert.Matches("^[0-9a-f]{32}\n$", tree.Read("/etc/machine-id"));
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_hook_that_fails_ends_the_capture_with_what_it_said_and_nothing_changed(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        tree.Write("/tmp/kept", "x");
        tree.WriteProgram("/etc/provisioning/pre-capture.d/10-first", "#!/bin/sh\necho \"$PROVISIONING_STAGE $PROVISIONING_REVISION $PROVISIONING_NAMESPACE/$PROVISIONING_NODE\" >/root/seen\n");
        tree.WriteProgram("/etc/provisioning/pre-capture.d/20-refuse", "#!/bin/sh\necho 'database is open' >&2\nexit 3\n");
        tree.WriteProgram("/etc/provisioning/pre-capture.d/30-never", "#!/bin/sh\necho never >/root/seen\n");

        var outcome = await UntilDoneAsync(() => Module.PrepareCaptureAsync(tree, Identities.Capture, TestContext.Current.CancellationToken));

        Assert.Equal("hooks", outcome.FailedStep);
        Assert.Equal("The step hooks failed: The hook /etc/provisioning/pre-capture.d/20-refuse ended with code 3. It said: database is open", outcome.Message);
        Assert.Equal("pre-capture golden@3 labs/node-1\n", tree.Read("/root/seen"));
        Assert.True(File.Exists(tree.PathOf("/tmp/kept")));
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_long_hook_runs_once_while_calls_come_back(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        await tree.RunAsync("mkfifo /root/gate");
        tree.WriteProgram("/etc/provisioning/post-load.d/10-long", "#!/bin/sh\necho ran >>/root/count\nread -r _ </root/gate\n");
        tree.Write("/etc/provisioning/post-load.d/20-not-executable", "#!/bin/sh\necho no >>/root/count\n");
        tree.WriteProgram("/etc/provisioning/post-load.d/30-of-others", "#!/bin/sh\necho no >>/root/count\n");
        await tree.RunAsync("chmod 777 /etc/provisioning/post-load.d/30-of-others");

        var identity = Identities.Load with { KeepHostKeys = true };
        var first = await Module.PostLoadAsync(tree, identity, TestContext.Current.CancellationToken);
        var second = await Module.PostLoadAsync(tree, identity, TestContext.Current.CancellationToken);
        await tree.RunAsync("echo go >/root/gate");
        var last = await UntilDoneAsync(() => Module.PostLoadAsync(tree, identity, TestContext.Current.CancellationToken));

        Assert.All([first, second], outcome => Assert.Equal((false, null, "The hook /etc/provisioning/post-load.d/10-long is running."), (outcome.Complete, outcome.FailedStep, outcome.Message)));
        Assert.True(last.Complete, last.Message);
        Assert.Equal("ran\n", tree.Read("/root/count"));
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task What_cannot_be_a_currentimage_is_unknown_and_never_transferred_whole(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        Assert.Equal((FactValue.No, Reasons.CurrentImageMissing), await FoundAsync(tree, "true"));
        Assert.Equal((FactValue.Unknown, Reasons.CurrentImageUnreadable), await FoundAsync(tree, ": >/root/currentimage.txt"));
        Assert.Equal((FactValue.Unknown, Reasons.CurrentImageUnreadable), await FoundAsync(tree, "printf ' \\n\\n' >/root/currentimage.txt"));
        Assert.Equal((FactValue.Unknown, Reasons.CurrentImageUnreadable), await FoundAsync(tree, "dd if=/dev/zero of=/root/currentimage.txt bs=1 count=0 seek=1073741824 2>/dev/null"));
        Assert.Equal((FactValue.Unknown, Reasons.CurrentImageUnreadable), await FoundAsync(tree, "head -c 5000 /dev/urandom >/root/currentimage.txt"));
        Assert.Equal((FactValue.Unknown, Reasons.CurrentImageUnreadable), await FoundAsync(tree, "rm /root/currentimage.txt; mkfifo /root/currentimage.txt"));
        Assert.Equal((FactValue.Unknown, Reasons.CurrentImageUnreadable), await FoundAsync(tree, "rm /root/currentimage.txt; mkdir /root/currentimage.txt"));

        var outcome = await Module.PrepareCaptureAsync(tree, Identities.Capture, TestContext.Current.CancellationToken);
        Assert.Equal("current-image", outcome.FailedStep);
        Assert.Contains("/root/currentimage.txt is a folder: delete it.", outcome.Message, StringComparison.Ordinal);
    }

    private static async Task<(FactValue, string?)> FoundAsync(GuestTree tree, string script)
    {
        await tree.RunAsync(script);
        var reading = await Module.ObserveAsync(tree, TestContext.Current.CancellationToken);
        return (reading.CurrentImage.Found, reading.CurrentImage.Reason);
    }

    /// <summary>Calls as an engine does: new host keys are recorded, then the next call.</summary>
    private static async Task<StepsOutcome> PostLoadAsync(GuestTree tree, LoadIdentity identity) => await UntilDoneAsync(async () =>
    {
        var outcome = await Module.PostLoadAsync(tree, identity, TestContext.Current.CancellationToken);
        identity = identity with { RecordedHostKeys = outcome.HostKeys ?? identity.RecordedHostKeys };
        return outcome;
    });

    private static async Task<StepsOutcome> UntilDoneAsync(Func<Task<StepsOutcome>> call)
    {
        for (var calls = 1; ; calls++)
        {
            var outcome = await call();
            if (outcome.Complete || outcome.FailedStep is not null || calls == 200)
                return outcome;
        }
    }

    private static string KeyOf(GuestTree tree) => string.Join(' ', tree.Read("/etc/ssh/ssh_host_ed25519_key.pub").Trim().Split(' ').Take(2));
}
