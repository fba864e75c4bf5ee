using Provisioning.Api.Nodes;
using Provisioning.OperatingSystems.Linux;

namespace Provisioning.OperatingSystems.Tests.Linux;

/// <summary>What a machine is asked with when it is to power off or reboot; the programs only write down that they were called.</summary>
public sealed class PowerInTreeTests
{
    private static readonly LinuxModule Module = new();

    public static TheoryData<string> Shells => ["dash", "bash", "busybox"];

    /// <summary>The busybox of Debian runs its own applets whatever else is called by their names.</summary>
    public static TheoryData<string> ShellsWithoutApplets => ["dash", "bash"];

    [Theory, MemberData(nameof(Shells))]
    public async Task Systemd_is_asked_by_a_timer_of_its_own_so_that_the_answer_comes_first(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        await tree.RunAsync("mkdir -p /run/systemd/system");
        tree.WriteTool("systemd-run", "#!/bin/sh\necho \"$*\" >>/root/asked\n");
        tree.WriteTool("systemctl", "#!/bin/sh\n[ \"$1\" != is-active ] || exec test -e /root/asked\necho never >>/root/asked\n");

        var first = await Module.ShutDownAsync(tree, "op-1", TestContext.Current.CancellationToken);
        var second = await Module.ShutDownAsync(tree, "op-1", TestContext.Current.CancellationToken);

        Assert.Equal([(true, StepResult.Changed), (true, StepResult.Unchanged)], new[] { first, second }.Select(each => (each.Complete, each.Steps.Single().Result)));
        Assert.Equal("-q --unit=provisioning-poweroff --on-active=1 --timer-property=AccuracySec=100ms systemctl --no-block poweroff\n", tree.Read("/root/asked"));
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task Systemd_without_transient_units_is_asked_at_once(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        await tree.RunAsync("mkdir -p /run/systemd/system");
        tree.WriteTool("systemd-run", "#!/bin/sh\nexit 1\n");
        tree.WriteTool("systemctl", "#!/bin/sh\n[ \"$1\" != is-active ] || exit 3\necho \"$*\" >>/root/asked\n");

        Assert.True((await Module.RebootAsync(tree, "op-1", TestContext.Current.CancellationToken)).Complete);

        Assert.Equal("--no-block reboot\n", tree.Read("/root/asked"));
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_request_that_systemd_refuses_fails(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        await tree.RunAsync("mkdir -p /run/systemd/system");
        tree.WriteTool("systemd-run", "#!/bin/sh\nexit 1\n");
        tree.WriteTool("systemctl", "#!/bin/sh\nexit 1\n");

        var outcome = await Module.ShutDownAsync(tree, "op-1", TestContext.Current.CancellationToken);

        Assert.Equal(("poweroff", false), (outcome.FailedStep, outcome.Complete));
        Assert.Contains("'systemctl poweroff' was refused", outcome.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(ShellsWithoutApplets))]
    public async Task Other_inits_are_asked_by_their_program_after_the_answer(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        tree.WriteTool("poweroff", "#!/bin/sh\necho \"poweroff $*\" >/root/asked\n");

        Assert.True((await Module.ShutDownAsync(tree, "op-1", TestContext.Current.CancellationToken)).Complete);

        Assert.Equal("poweroff \n", await AskedAsync(tree));
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task The_init_of_OpenRC_is_asked_by_its_own_program(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        await tree.RunAsync("echo openrc-init >/root/comm; mount --bind /root/comm /proc/1/comm");
        tree.WriteTool("openrc-shutdown", "#!/bin/sh\necho \"$*\" >/root/asked\n");

        Assert.True((await Module.RebootAsync(tree, "op-1", TestContext.Current.CancellationToken)).Complete);

        Assert.Equal("--reboot now\n", await AskedAsync(tree));
    }

    [Theory, MemberData(nameof(ShellsWithoutApplets))]
    public async Task A_reboot_is_not_repeated_after_it_although_the_answer_was_lost(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        tree.Write("/var/lib/provisioning/reboot", "op-1 11111111-2222-3333-4444-555555555555\n");
        tree.WriteTool("reboot", "#!/bin/sh\ntouch /root/asked\n");

        var outcome = await Module.RebootAsync(tree, "op-1", TestContext.Current.CancellationToken);
        await tree.RunAsync("sleep 2");

        Assert.Equal((true, StepResult.Unchanged), (outcome.Complete, outcome.Steps.Single().Result));
        Assert.False(File.Exists(tree.PathOf("/root/asked")));
    }

    [Theory, MemberData(nameof(ShellsWithoutApplets))]
    public async Task A_reboot_that_may_not_have_been_asked_for_is_asked_for_again(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        await tree.RunAsync("mkdir -p /var/lib/provisioning; echo \"op-1 $(cat /proc/sys/kernel/random/boot_id)\" >/var/lib/provisioning/reboot");
        tree.WriteTool("reboot", "#!/bin/sh\necho again >/root/asked\n");

        var outcome = await Module.RebootAsync(tree, "op-1", TestContext.Current.CancellationToken);

        Assert.Equal((true, StepResult.Unchanged), (outcome.Complete, outcome.Steps.Single().Result));
        Assert.Equal("again\n", await AskedAsync(tree));
    }

    [Theory, MemberData(nameof(ShellsWithoutApplets))]
    public async Task A_reboot_that_could_not_be_told_from_its_repetition_is_refused_and_a_power_off_is_not(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        await tree.RunAsync("mkdir -p /var/lib/provisioning/reboot /var/lib/provisioning/poweroff");
        tree.WriteTool("poweroff", "#!/bin/sh\necho off >/root/asked\n");

        var reboot = await Module.RebootAsync(tree, "op-1", TestContext.Current.CancellationToken);
        var shutDown = await Module.ShutDownAsync(tree, "op-1", TestContext.Current.CancellationToken);

        Assert.Equal("reboot", reboot.FailedStep);
        Assert.Contains("/var/lib/provisioning/reboot cannot be written", reboot.Message, StringComparison.Ordinal);
        Assert.True(shutDown.Complete, shutDown.Message);
        Assert.Equal("off\n", await AskedAsync(tree));
    }

    private static Task<string> AskedAsync(GuestTree tree) =>
        tree.RunAsync("tries=0; while [ ! -s /root/asked ] && [ $tries -lt 120 ]; do sleep 1; tries=$((tries + 1)); done; cat /root/asked");
}
