using System.Diagnostics;
using Provisioning.Ssh.Jobs;
using Provisioning.Ssh.Tests.Support;

namespace Provisioning.Ssh.Tests.Jobs;

public sealed partial class DetachedJobsTests
{
    [Fact]
    public async Task A_killed_job_is_lost_and_does_not_run_again()
    {
        var job = new DetachedJob("Doomed", "echo run >>\"$1\"; sleep 60", Trace);
        await StartAsync(1, job, TimeSpan.Zero);
        await KillAsync("Doomed");

        Assert.Equal(JobState.Lost, (await StartAsync(1, job)).State);
        Assert.Equal("run\n", await TraceAsync());
    }

    [Fact]
    public async Task A_job_whose_leader_died_runs_while_what_it_started_does()
    {
        await StartAsync(1, new("Headless", "echo run >>\"$1\"; sleep 60", Trace), TimeSpan.Zero);
        var pid = Path.Combine(JobDirectory("Headless"), "pid");
        await UntilAsync(() => File.Exists(pid) && File.Exists(Trace));
        var leader = int.Parse((await File.ReadAllTextAsync(pid, Token)).Split(' ')[0]);
        await LoginServer.SignalAsync(leader, "KILL");
        await UntilAsync(() => !IsAlive(JobDirectory("Headless")));

        var headless = await StartAsync(1, new("Headless", "exit 9", Trace), TimeSpan.Zero);
        await LoginServer.SignalAsync(-leader, "KILL");
        var lost = await StartAsync(1, new("Headless", "exit 9", Trace));

        Assert.Equal((JobState.Running, JobState.Lost), (headless.State, lost.State));
    }

    [Fact]
    public async Task A_dead_process_that_nobody_saw_to_is_no_job_that_runs()
    {
        // A parent outside of the job's process group, which does not ask how its child ended.
        const string Careless = "perl -e 'fork or exec \"sleep\", 60; setpgrp(0, 0); open(my $f, \">>\", $ARGV[0]); print $f \"$$\\n\"; close $f; sleep 60' \"$1\" & wait";
        await StartAsync(1, new("Unseen", Careless, Trace), TimeSpan.Zero);
        await UntilAsync(() => File.Exists(Trace) && File.ReadAllText(Trace).EndsWith('\n'));
        var parent = int.Parse(await TraceAsync());
        await KillAsync("Unseen");

        var report = await StartAsync(1, new("Unseen", "exit 9", Trace), TimeSpan.Zero);
        await LoginServer.SignalAsync(parent, "KILL");

        Assert.Equal(JobState.Lost, report.State);
    }

    [Fact]
    public async Task A_lost_job_that_may_be_repeated_runs_again()
    {
        var job = new DetachedJob("Doomed", "echo run >>\"$1\"; [ \"$(wc -l <\"$1\")\" -gt 1 ] || sleep 60", Trace) { RunAgainWhenLost = true };
        await StartAsync(1, job, TimeSpan.Zero);
        await KillAsync("Doomed");

        var report = await StartAsync(1, job);

        Assert.True(report.Succeeded);
        Assert.Equal("run\nrun\n", await TraceAsync());
    }

    [Fact]
    public async Task A_job_that_is_lost_every_time_is_not_repeated_for_ever()
    {
        var job = new DetachedJob("Doomed", "echo run >>\"$1\"; kill -s KILL -- \"-$(sed 's/^.*) //' /proc/$$/stat | cut -d' ' -f3)\"", Trace) { RunAgainWhenLost = true };

        // Four runs, however slow the machine: the first one and three more.
        for (var attempt = 0; attempt < 100 && await RunsAsync() < 4; attempt++)
            await StartAsync(1, job, TimeSpan.FromMilliseconds(300));
        for (var attempt = 0; attempt < 3; attempt++)
            await StartAsync(1, job, TimeSpan.FromMilliseconds(300));

        Assert.Equal(4, await RunsAsync());
        Assert.Equal(JobState.Lost, (await StartAsync(1, job, TimeSpan.Zero)).State);
    }

    [Fact]
    public async Task A_recycled_process_id_is_not_taken_for_the_job()
    {
        var job = new DetachedJob("Doomed", "echo run >>\"$1\"; sleep 60", Trace);
        await StartAsync(1, job, TimeSpan.Zero);
        await KillAsync("Doomed");
        var pid = Path.Combine(JobDirectory("Doomed"), "pid");
        var words = (await File.ReadAllTextAsync(pid, Token)).Split(' ');
        await File.WriteAllTextAsync(pid, $"{Environment.ProcessId} {words[1]} {words[2]}", Token);

        Assert.Equal(JobState.Lost, (await StartAsync(1, job)).State);
        Assert.Equal(JobState.Exited, (await DetachedJobs.AbandonAsync(_session, Scope(1), "true", [], Token)).State);
    }

    [Fact]
    public async Task A_job_of_an_earlier_boot_is_lost()
    {
        var job = new DetachedJob("Old", "echo run >>\"$1\"; sleep 60", Trace);
        await StartAsync(1, job, TimeSpan.Zero);
        await KillAsync("Old");
        var pid = Path.Combine(JobDirectory("Old"), "pid");
        var start = (await File.ReadAllTextAsync($"/proc/{Environment.ProcessId}/stat", Token)).Split(") ")[^1].Split(' ')[19];
        await File.WriteAllTextAsync(pid, $"{Environment.ProcessId} {start} 00000000-0000-0000-0000-000000000000\n", Token);

        Assert.Equal(JobState.Lost, (await StartAsync(1, job)).State);
    }

    private async Task KillAsync(string name)
    {
        var pid = Path.Combine(JobDirectory(name), "pid");
        await UntilAsync(() => File.Exists(pid) && File.Exists(Trace));
        var leader = int.Parse((await File.ReadAllTextAsync(pid, Token)).Split(' ')[0]);
        await ProcessGroups.KillAsync(leader);
    }

    private static bool IsAlive(string job)
    {
        var leader = File.ReadAllText(Path.Combine(job, "pid")).Split(' ')[0];
        var stat = $"/proc/{leader}/stat";
        try
        {
            return File.Exists(stat) && File.ReadAllText(stat).Split(") ")[^1][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
