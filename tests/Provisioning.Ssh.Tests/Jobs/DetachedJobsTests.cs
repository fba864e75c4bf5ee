using Provisioning.Ssh.Jobs;
using Provisioning.Ssh.Tests.Support;

namespace Provisioning.Ssh.Tests.Jobs;

public sealed partial class DetachedJobsTests(LoginServer server) : IClassFixture<LoginServer>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _root = Directory.CreateTempSubdirectory("provisioning-jobs-").FullName;
    private ISshSession _session = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Trace => Path.Combine(_root, "trace");

    public async ValueTask InitializeAsync() => _session = await server.Connector.ConnectAsync(server.Endpoint, Token);

    public async ValueTask DisposeAsync()
    {
        await DetachedJobs.AbandonAsync(_session, Scope(1), "true", [], CancellationToken.None);
        await _session.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_short_job_ends_in_the_same_round_trip()
    {
        var report = await StartAsync(1, new("Say", "printf '%s\\n' \"$1\"; exit 3", "it's $HOME"));

        Assert.Equal((JobState.Exited, 3, "it's $HOME\n", true), (report.State, report.ExitCode, report.Log, report.StartedNow));
    }

    [Fact]
    public async Task Asked_again_it_reports_the_first_run()
    {
        var job = new DetachedJob("Count", "echo run >>\"$1\"; echo done", Trace);

        var first = await StartAsync(1, job);
        var second = await StartAsync(1, job);

        Assert.Equal((true, false), (first.StartedNow, second.StartedNow));
        Assert.Equal("done\n", second.Log);
        Assert.Equal("run\n", await TraceAsync());
    }

    [Fact]
    public async Task Ten_starters_at_once_make_one_run()
    {
        var sessions = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => server.Connector.ConnectAsync(server.Endpoint, Token)));
        var job = new DetachedJob("Count", "echo run >>\"$1\"; sleep 0.5", Trace);

        var reports = await Task.WhenAll(sessions.Select(session => DetachedJobs.StartOrAttachAsync(session, Scope(1), job, Patience, Token)));

        Assert.Equal("run\n", await TraceAsync());
        Assert.Single(reports, report => report.StartedNow);
        Assert.All(reports, report => Assert.True(report.Succeeded));
        foreach (var session in sessions)
            await session.DisposeAsync();
    }

    [Fact]
    public async Task A_new_operator_attaches_to_what_a_dead_one_started()
    {
        var job = new DetachedJob("Slow", "echo begin >>\"$1\"; echo 41 >\"$PROVISIONING_JOB/progress\"; while [ ! -e \"$1.go\" ]; do sleep 0.1; done; echo end >>\"$1\"", Trace);
        var dying = await server.Connector.ConnectAsync(server.Endpoint, Token);
        var starting = DetachedJobs.StartOrAttachAsync(dying, Scope(1), job, Patience, Token);
        await UntilAsync(() => File.Exists(Trace));
        await LoginServer.SignalAsync(await LoginServer.ServerProcessAsync(dying), "KILL");
        await Assert.ThrowsAsync<SshFailureException>(() => starting);

        var running = await StartAsync(1, job, TimeSpan.Zero);
        await File.WriteAllTextAsync(Trace + ".go", "", Token);
        var ended = await StartAsync(1, job);

        Assert.Equal((JobState.Running, "41"), (running.State, running.Progress));
        Assert.True(ended.Succeeded);
        Assert.Equal("begin\nend\n", await TraceAsync());
    }

    [Fact]
    public async Task A_starter_that_died_before_the_job_began_is_made_good()
    {
        Directory.CreateDirectory(JobDirectory("Count"));

        var report = await StartAsync(1, new("Count", "echo run >>\"$1\"", Trace));

        Assert.True(report.Succeeded);
        Assert.Equal("run\n", await TraceAsync());
    }

    [Fact]
    public async Task An_older_operation_is_refused_and_does_nothing()
    {
        await StartAsync(5, new("Count", "true"));

        var late = await StartAsync(4, new("Count", "echo run >>\"$1\"", Trace));
        var twin = await DetachedJobs.StartOrAttachAsync(_session, Scope(5) with { OperationId = "twin" }, new("Count", "echo run >>\"$1\"", Trace), Patience, Token);
        var script = await DetachedJobs.RunFencedAsync(_session, Scope(4), "echo run >>\"$1\"", [Trace], Token);

        Assert.All([late, twin, script], report => Assert.Equal(JobState.Fenced, report.State));
        Assert.Contains("number 5", late.Detail);
        Assert.False(File.Exists(Trace));
    }

    [Fact]
    public async Task A_newer_operation_ends_what_an_older_one_left_running()
    {
        await StartAsync(1, new("Slow", "echo begin >>\"$1\"; sleep 60; echo end >>\"$1\"", Trace), TimeSpan.Zero);
        await UntilAsync(() => File.Exists(Path.Combine(JobDirectory("Slow"), "pid")));

        var report = await StartAsync(2, new("Next", "echo next"));

        Assert.True(report.Succeeded);
        Assert.False(IsAlive(JobDirectory("Slow")));
    }

    [Fact]
    public async Task An_object_that_was_made_anew_counts_from_the_beginning_and_the_old_one_is_shut_out()
    {
        await StartAsync(7, new("First", "true"));
        var anew = Scope(1) with { Owner = "owner-2", OperationId = "anew" };

        Assert.True((await DetachedJobs.StartOrAttachAsync(_session, anew, new("First", "true"), Patience, Token)).Succeeded);
        Assert.Equal(JobState.Fenced, (await StartAsync(8, new("Second", "true"))).State);
        Assert.True((await DetachedJobs.StartOrAttachAsync(_session, anew, new("Second", "true"), Patience, Token)).Succeeded);
    }

    [Fact]
    public async Task Abandoning_ends_the_jobs_cleans_up_and_lets_nothing_start_again()
    {
        var job = new DetachedJob("Slow", "sleep 60");
        await StartAsync(1, job, TimeSpan.Zero);

        var abandoned = await DetachedJobs.AbandonAsync(_session, Scope(1), "echo clean >>\"$1\"", [Trace], Token);

        Assert.True(abandoned.Succeeded);
        Assert.Equal("clean\n", await TraceAsync());
        Assert.False(IsAlive(JobDirectory("Slow")));
        Assert.Equal(JobState.Fenced, (await StartAsync(1, new("Other", "true"))).State);
    }

    [Fact]
    public async Task A_job_that_ignores_the_polite_signal_is_killed()
    {
        await StartAsync(1, new("Stubborn", "trap '' TERM; while :; do sleep 0.1; done"), TimeSpan.FromMilliseconds(500));

        var report = await DetachedJobs.AbandonAsync(_session, Scope(1), "true", [], Token);

        Assert.True(report.Succeeded);
        Assert.False(IsAlive(JobDirectory("Stubborn")));
    }

    [Fact]
    public async Task The_records_of_the_last_operations_are_kept_and_older_ones_removed()
    {
        for (var sequence = 1; sequence <= 8; sequence++)
            await StartAsync(sequence, new("Count", "true"));

        Assert.InRange(Directory.GetDirectories(Path.Combine(_root, "machine", "jobs")).Length, 2, 4);
        Assert.True(Directory.Exists(JobDirectory("Count", 8)));
    }

    [Fact]
    public async Task A_symbolic_link_in_place_of_the_directory_is_not_followed()
    {
        Directory.CreateDirectory(Path.Combine(_root, "elsewhere"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "machine"), Path.Combine(_root, "elsewhere"));

        var report = await StartAsync(1, new("Count", "true"));

        Assert.Equal(JobState.Unusable, report.State);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_root, "elsewhere")));
    }

    [Fact]
    public async Task A_long_log_is_cut_to_its_end()
    {
        var report = await StartAsync(1, new("Talk", "head -c 300000 /dev/zero | tr '\\0' x; echo; echo end-of-report; echo last"));

        Assert.Equal(JobState.Exited, report.State);
        Assert.EndsWith("end-of-report\nlast\n", report.Log);
        Assert.InRange(report.Log.Length, 1, 16_000);
    }

    private JobScope Scope(long sequence) => new(Path.Combine(_root, "machine"), Path.Combine(_root, "fences", "machine"), "owner-1", sequence, $"op-{sequence}");

    private string JobDirectory(string name, long sequence = 1) => Path.Combine(_root, "machine", "jobs", $"op-{sequence}", name);

    private Task<JobReport> StartAsync(long sequence, DetachedJob job, TimeSpan? patience = null) =>
        DetachedJobs.StartOrAttachAsync(_session, Scope(sequence), job, patience ?? Patience, Token);

    private Task<string> TraceAsync() => File.ReadAllTextAsync(Trace, Token);

    private async Task<int> RunsAsync() => File.Exists(Trace) ? (await File.ReadAllLinesAsync(Trace, Token)).Length : 0;

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var attempt = 0; attempt < 3600; attempt++)
        {
            if (condition())
                return;
            await Task.Delay(50, Token);
        }

        Assert.Fail("It did not come to pass within 3 min.");
    }
}
