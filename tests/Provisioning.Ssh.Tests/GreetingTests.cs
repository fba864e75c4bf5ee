using System.Text;
using Provisioning.Ssh.Jobs;
using Provisioning.Ssh.Tests.Support;

namespace Provisioning.Ssh.Tests;

/// <summary>A host that greets whoever logs in: before the login, as sshd's Banner does, and on both streams, as a shell's start-up file does.</summary>
public sealed class GreetingTests : IAsyncLifetime
{
    private const string Greeting = "\u001b[2J\u001b]0;owned\aWelcome to the lab!\nversion 1\nmissing\nhave 7 7";

    private readonly LoginServer _server;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("provisioning-greeting-");
    private ISshSession _session = null!;

    public GreetingTests() => _server = new()
    {
        Settings = $"Banner {Text}\nForceCommand /bin/sh -c 'cat {Text}; cat {Text} >&2; [ ! -e {Closed} ] || exit 1; exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"'",
    };

    private string Text => Path.Combine(_folder.FullName, "greeting");

    private string Closed => Path.Combine(_folder.FullName, "closed");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await GreetAsync(Greeting);
        await _server.InitializeAsync();
        _session = await _server.Connector.ConnectAsync(_server.Endpoint, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task It_is_no_part_of_what_a_script_says()
    {
        var result = await _session.ExecuteAsync(ShellCommand.Script("echo \"$1\"; exit 3", "answer"), null, Token);

        Assert.Equal(new SshResult(3, "answer\n", "", OutputTruncated: false), result);
    }

    [Fact]
    public async Task It_is_no_part_of_what_a_script_complains_of()
    {
        var result = await _session.ExecuteAsync(ShellCommand.Script("echo 'disk is gone' >&2; exit 3"), null, Token);

        Assert.Equal(new SshResult(3, "", "disk is gone\n", OutputTruncated: false), result);
    }

    [Fact]
    public async Task It_is_all_that_is_heard_of_a_host_that_runs_nothing()
    {
        await GreetAsync("This account is closed.\n");
        await File.WriteAllTextAsync(Closed, "", Token);

        var result = await _session.ExecuteAsync(ShellCommand.Script("echo answer"), null, Token);

        Assert.Equal(new SshResult(1, "This account is closed.\n", "This account is closed.\n", OutputTruncated: false), result);
    }

    [Fact]
    public async Task A_job_that_cannot_be_read_is_explained_by_what_went_wrong()
    {
        await GreetAsync(new string('x', 1000));

        var report = JobReportParser.Parse(await _session.ExecuteAsync(ShellCommand.Script("echo 'sh: flock: not found' >&2; exit 127"), null, Token));

        Assert.Equal((JobState.Unreadable, "exit code 127: sh: flock: not found"), (report.State, report.Detail));
    }

    [Fact]
    public async Task It_takes_nothing_of_the_bytes_that_are_kept()
    {
        var bytes = await _session.ExecuteAsync(ShellCommand.Script("printf '\\377\\000\\n\\001'"), new() { Binary = true, MaximumOutputBytes = 4 }, Token);

        Assert.Equal([255, 0, 10, 1], bytes.Bytes.ToArray());
        Assert.False(bytes.OutputTruncated);
    }

    [Fact]
    public async Task Input_reaches_the_script() =>
        Assert.Equal("given", (await _session.ExecuteAsync(ShellCommand.Script("cat"), new() { Input = Encoding.UTF8.GetBytes("given") }, Token)).Output);

    [Fact]
    public async Task A_script_that_says_nothing_has_said_nothing() => Assert.Equal("", (await _session.ExecuteAsync(ShellCommand.Script(":"), null, Token)).Output);

    [Fact]
    public async Task One_that_never_ends_is_cut_as_any_other_answer()
    {
        await GreetAsync(new string('x', 200_000));

        var result = await _session.ExecuteAsync(ShellCommand.Script("echo answer"), new() { MaximumOutputBytes = 1000 }, Token);

        Assert.Equal((1000, true), (result.Output.Length, result.OutputTruncated));
    }

    private Task GreetAsync(string text) => File.WriteAllTextAsync(Text, text, Token);
}
