using System.Text;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems.Linux;

namespace Provisioning.OperatingSystems.Tests.Linux;

/// <summary>Programs from ConfigMaps, for real.</summary>
public sealed class HooksInTreeTests
{
    private static readonly LinuxModule Module = new();

    public static TheoryData<string> Shells => ["dash", "bash", "busybox"];

    [Theory, MemberData(nameof(Shells))]
    public async Task They_run_in_their_order_after_those_of_the_image_once_for_the_operation(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        tree.WriteProgram("/etc/provisioning/post-load.d/10-image", "#!/bin/sh\necho image >>/root/ran\n");
        var identity = Loaded(
            Hook("z-first", "echo \"$PROVISIONING_HOOK $PROVISIONING_STAGE $PROVISIONING_IMAGE\" >>/root/ran"),
            Hook("second", "#!/bin/sh -e\necho second >>/root/ran\n"),
            Hook("other-stage", "echo no >>/root/ran") with { Stage = HookStage.PreCapture });

        var outcome = await UntilDoneAsync(tree, identity);
        var again = await UntilDoneAsync(tree, Loaded(Hook("z-first", "echo changed >>/root/ran"), Hook("second", "echo changed >>/root/ran")));

        Assert.True(outcome.Complete, outcome.Message);
        Assert.Equal("image\nz-first post-load golden\nsecond\n", tree.Read("/root/ran"));
        Assert.Equal([StepResult.Changed, StepResult.Changed], Hooks(outcome).Select(step => step.Result));
        Assert.Equal([StepResult.Unchanged, StepResult.Unchanged], Hooks(again).Select(step => step.Result));
        Assert.Equal(["hooks", "hook-z-first", "hook-second", "current-image", "configured"], outcome.Steps.Select(step => step.Name).TakeLast(5));

        await UntilDoneAsync(tree, Loaded(Hook("second", "echo next >>/root/ran")) with { OperationId = "post-load-2" });
        Assert.EndsWith("image\nnext\n", tree.Read("/root/ran"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task Failure_ends_the_load_or_is_only_told_as_its_policy_says(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        const string program = "printf 'one\\nhost-key ssh-ed25519 EVIL\\nprovisioning-step: changed\\n\\033[31mtwo\\n'; exit 7";

        var goesOn = await UntilDoneAsync(tree, Loaded(Hook("soft", program) with { FailurePolicy = HookFailurePolicy.Continue }));
        var ends = await UntilDoneAsync(tree, Loaded(Hook("hard", program)) with { OperationId = "load-2" });

        Assert.True(goesOn.Complete, goesOn.Message);
        Assert.Equal("hook-hard", ends.FailedStep);
        Assert.Contains("The hook hard ended with code 7. It said: one", ends.Message, StringComparison.Ordinal);
        Assert.All([Hooks(goesOn).Single(), Hooks(ends).Single()], report =>
            Assert.Equal((StepResult.Failed, 7, "one\nhost-key ssh-ed25519 EVIL\nprovisioning-step: changed\n[31mtwo"), (report.Result, report.ExitCode, report.Output)));
        Assert.DoesNotContain("EVIL", string.Join(' ', goesOn.HostKeys ?? []), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task Only_the_end_of_what_one_prints_is_told(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);

        var outcome = await UntilDoneAsync(tree, Loaded(Hook("talkative", "i=0; while [ $i -lt 5000 ]; do echo \"line $i\"; i=$((i + 1)); done; head -c 100000 /dev/zero; echo; echo end")));

        var report = Hooks(outcome).Single();
        Assert.Equal((StepResult.Changed, 0), (report.Result, report.ExitCode));
        Assert.EndsWith("end", report.Output, StringComparison.Ordinal);
        Assert.True(report.Output!.Length <= 1024);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task One_that_takes_too_long_is_ended_even_if_it_does_not_want_to(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);

        var outcome = await UntilDoneAsync(tree, Loaded(Hook("stubborn", "trap '' TERM; echo begun; while :; do sleep 1; done") with { Timeout = TimeSpan.FromSeconds(4) }));

        Assert.Equal("hook-stubborn", outcome.FailedStep);
        Assert.Contains("did not end within 4 s", outcome.Message, StringComparison.Ordinal);
        Assert.StartsWith("begun", Hooks(outcome).Single().Output, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task The_largest_program_arrives_whole_and_nothing_of_it_is_syntax_on_the_way(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        var program = "cat <<'EOF' >/root/seen\n'; touch /root/evil; '$(touch /root/evil)`touch /root/evil`\nEOF\n#";
        program += new string('x', HookTarget.MaximumBytes - program.Length);

        var outcome = await UntilDoneAsync(tree, Loaded(Hook("large", program)));

        Assert.True(outcome.Complete, outcome.Message);
        Assert.Equal("'; touch /root/evil; '$(touch /root/evil)`touch /root/evil`\n", tree.Read("/root/seen"));
        Assert.False(File.Exists(tree.PathOf("/root/evil")));
        Assert.Equal("#!/bin/sh\n" + program, tree.Read("/var/lib/provisioning/jobs/load-1-post-load-hook-large/script"), ignoreLineEndingDifferences: false);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_long_one_runs_once_while_calls_come_back(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        await tree.RunAsync("mkfifo /root/gate");
        var identity = Loaded(Hook("long", "echo ran >>/root/count; read -r _ </root/gate"));

        var first = await Module.PostLoadAsync(tree, identity, TestContext.Current.CancellationToken);
        var second = await Module.PostLoadAsync(tree, identity, TestContext.Current.CancellationToken);
        await tree.RunAsync("timeout 120 sh -c 'echo go >/root/gate'");
        var last = await UntilDoneAsync(tree, identity);

        Assert.All([first, second], outcome => Assert.Equal((false, null, "The hook long is running."), (outcome.Complete, outcome.FailedStep, outcome.Message)));
        Assert.True(last.Complete, last.Message);
        Assert.Equal("ran\n", tree.Read("/root/count"));
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task In_the_image_each_has_its_own_time_and_the_next_one_is_progress(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        await tree.RunAsync("mkfifo /root/one /root/two");
        tree.WriteProgram("/etc/provisioning/post-load.d/1-one", "#!/bin/sh\nread -r _ </root/one\n");
        tree.WriteProgram("/etc/provisioning/post-load.d/2-two", "#!/bin/sh\nread -r _ </root/two\n");

        var first = await Module.PostLoadAsync(tree, Loaded(), TestContext.Current.CancellationToken);
        var same = await Module.PostLoadAsync(tree, Loaded(), TestContext.Current.CancellationToken);
        await tree.RunAsync("timeout 120 sh -c 'echo go >/root/one'");
        var next = await Module.PostLoadAsync(tree, Loaded(), TestContext.Current.CancellationToken);
        for (var calls = 0; next.Message == same.Message && calls < 200; calls++)
            next = await Module.PostLoadAsync(tree, Loaded(), TestContext.Current.CancellationToken);
        await tree.RunAsync("timeout 120 sh -c 'echo go >/root/two'");
        var last = await UntilDoneAsync(tree, Loaded());

        Assert.False(first.IsAtAnotherHookThan("configuring the machine") || same.IsAtAnotherHookThan(first.Message), same.Message);
        Assert.True(next.IsAtAnotherHookThan(same.Message), next.Message);
        Assert.True(last.Complete, last.Message);
        Assert.Contains($"limit={HookSpec.ImageTimeoutSeconds}\n", LinuxScripts.JobStep("hooks"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task One_that_was_killed_with_its_runner_runs_again(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        tree.Write("/var/lib/provisioning/jobs/load-1-post-load-hook-again/runner", "4194000 11111111-2222-3333-4444-555555555555\n");
        tree.Write("/var/lib/provisioning/jobs/load-1-post-load-hook-again/output", "half");

        var outcome = await UntilDoneAsync(tree, Loaded(Hook("again", "echo whole")));

        Assert.True(outcome.Complete, outcome.Message);
        Assert.Equal("whole", Hooks(outcome).Single().Output);
    }

    [Theory, MemberData(nameof(Shells))]
    public async Task A_full_disk_is_told(string shell)
    {
        await using var tree = await GuestTree.StartAsync(shell);
        await tree.RunAsync("mkdir -p /var/lib/provisioning && mount -t tmpfs -o size=64k none /var/lib/provisioning");

        var outcome = await UntilDoneAsync(tree, Loaded(Hook("large", new string('#', 60_000) + "\nexit 0")));

        Assert.Equal("hook-large", outcome.FailedStep);
        Assert.Contains("cannot be written", outcome.Message, StringComparison.Ordinal);
    }

    private static LoadIdentity Loaded(params HookTarget[] hooks) => Identities.Load with { KeepHostKeys = true, Hooks = hooks };

    private static HookTarget Hook(string name, string script) =>
        new() { Name = name, Stage = HookStage.PostLoad, Script = script, Timeout = TimeSpan.FromMinutes(1), FailurePolicy = HookFailurePolicy.Fail };

    private static IEnumerable<StepReport> Hooks(StepsOutcome outcome) => outcome.Steps.Where(step => step.Name.StartsWith("hook-", StringComparison.Ordinal));

    private static async Task<StepsOutcome> UntilDoneAsync(GuestTree tree, LoadIdentity identity)
    {
        for (var calls = 1; ; calls++)
        {
            var outcome = await Module.PostLoadAsync(tree, identity, TestContext.Current.CancellationToken);
            if (outcome.Complete || outcome.FailedStep is not null || calls == 200)
                return outcome;
        }
    }
}
