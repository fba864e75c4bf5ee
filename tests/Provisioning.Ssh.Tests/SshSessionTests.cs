using System.Diagnostics;
using System.Text;
using FsCheck.Xunit;
using Provisioning.Ssh.Tests.Support;

namespace Provisioning.Ssh.Tests;

public sealed class SshSessionTests(LoginServer server) : IClassFixture<LoginServer>, IAsyncLifetime
{
    private ISshSession _session = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _session = await server.Connector.ConnectAsync(server.Endpoint, Token);

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Fact]
    public async Task The_exit_code_is_an_answer()
    {
        var result = await RunAsync("echo out; echo err >&2; exit 3");

        Assert.Equal(new SshResult(3, "out\n", "err\n", OutputTruncated: false), result);
    }

    [Fact]
    public async Task A_signal_becomes_128_and_its_number() => Assert.Equal(137, (await RunAsync("kill -9 $$")).ExitCode);

    [Property(MaxTest = 60)]
    public async Task Any_argument_arrives_byte_for_byte(string? text, string? other)
    {
        var (first, second) = (Passable(text), Passable(other));

        var direct = await _session.ExecuteAsync(ShellCommand.Of("printf", "%s", first), null, Token);
        var script = await _session.ExecuteAsync(ShellCommand.Script("printf %s \"$2\"", first, second), null, Token);

        Assert.Equal(first, direct.Output);
        Assert.Equal(second, script.Output);
    }

    [Theory]
    [InlineData("$(touch /tmp/owned)`id`; rm -rf ~ & | > < * ? [a] {b} ! # ~ \\ \" '")]
    [InlineData("-n")]
    [InlineData("'; exit 1; '")]
    [InlineData("line\nline\r\n\ttab")]
    [InlineData("")]
    public async Task Shell_syntax_in_an_argument_stays_text(string argument) =>
        Assert.Equal(argument, (await _session.ExecuteAsync(ShellCommand.Of("printf", "%s", argument), null, Token)).Output);

    [Fact]
    public async Task Input_is_sent_and_ended()
    {
        var input = Encoding.UTF8.GetBytes(new string('x', 300_000));

        var result = await _session.ExecuteAsync(ShellCommand.Of("wc", "-c"), new() { Input = input }, Token);

        Assert.Equal("300000", result.Output.Trim());
    }

    [Fact]
    public async Task Without_input_a_reader_sees_the_end_at_once() => Assert.Equal("0", (await RunAsync("wc -c")).Output.Trim());

    [Fact]
    public async Task Output_beyond_the_bound_is_thrown_away_and_the_exit_code_kept()
    {
        var result = await RunAsync("head -c 1000000 /dev/zero | tr '\\0' x; exit 4", new() { MaximumOutputBytes = 1000 });

        Assert.Equal((4, 1000, true), (result.ExitCode, result.Output.Length, result.OutputTruncated));
    }

    [Theory]
    [InlineData("head -c 1000000000 /dev/zero")]
    [InlineData("cat /dev/zero >&2")]
    public async Task A_gigabyte_is_not_read_to_its_end(string script)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();

        var result = await RunAsync(script);

        Assert.True(result.OutputTruncated);
        Assert.False(result.IsSuccess);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 300_000_000);
        Assert.True((await RunAsync("true")).IsSuccess);
    }

    /// <summary>Input that follows into a channel that is closed makes the server hang up.</summary>
    [Fact]
    public async Task One_that_says_too_much_while_it_is_told_much_leaves_the_connection_as_it_was()
    {
        var input = new byte[128 * 1024 * 1024];

        for (var turn = 0; turn < 3; turn++)
        {
            var result = await _session.ExecuteAsync(ShellCommand.Of("cat"), new() { Input = input, Timeout = TimeSpan.FromMinutes(3) }, Token);

            Assert.True(result.OutputTruncated);
            Assert.True((await RunAsync("true")).IsSuccess);
        }
    }

    [Fact]
    public async Task A_command_that_takes_too_long_is_left()
    {
        var failure = await Assert.ThrowsAsync<SshFailureException>(() => RunAsync("sleep 30", new() { Timeout = TimeSpan.FromMilliseconds(500) }));

        Assert.Equal((SshFailureKind.TimedOut, true), (failure.Kind, failure.MayHaveSent));
    }

    [Fact]
    public async Task A_cancelled_wait_ends_at_once()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _session.ExecuteAsync(ShellCommand.Of("sleep", "30"), null, cancel.Token));
    }

    [Fact]
    public async Task A_server_killed_during_a_command_is_a_lost_connection()
    {
        var process = await LoginServer.ServerProcessAsync(_session);
        var begun = Path.Combine(Path.GetTempPath(), $"provisioning-begun-{Guid.NewGuid():N}");
        var running = RunAsync($"echo >{begun}; sleep 30");
        // Killed before it was sent, the command would be known never to have begun.
        await Poll.UntilAsync("the command has begun", () => Task.FromResult(File.Exists(begun)), TimeSpan.FromMinutes(3), isLost: () => running.IsCompleted);
        File.Delete(begun);
        await LoginServer.SignalAsync(process, "KILL");

        var failure = await Assert.ThrowsAsync<SshFailureException>(() => running);
        Assert.Equal((SshFailureKind.ConnectionLost, true), (failure.Kind, failure.MayHaveSent));
        Assert.Equal(SshFailureKind.ConnectionLost, (await Assert.ThrowsAsync<SshFailureException>(() => RunAsync("true"))).Kind);
    }

    [Fact]
    public async Task A_frozen_server_is_left_at_the_deadline()
    {
        var process = await LoginServer.ServerProcessAsync(_session);
        await LoginServer.SignalAsync(process, "STOP");
        try
        {
            var failure = await Assert.ThrowsAsync<SshFailureException>(() => RunAsync("true", new() { Timeout = TimeSpan.FromSeconds(1) }));

            Assert.Equal(SshFailureKind.TimedOut, failure.Kind);
        }
        finally
        {
            await LoginServer.SignalAsync(process, "CONT");
        }
    }

    [Fact]
    public async Task Several_commands_run_at_a_time()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => RunAsync($"sleep 0.2; echo {number}")));

        Assert.Equal(Enumerable.Range(0, 8).Select(number => $"{number}\n"), results.Select(result => result.Output));
    }

    /// <summary>NUL cannot be an argument, and a lone surrogate is no text that UTF-8 could carry.</summary>
    private static string Passable(string? text) =>
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes((text ?? "").Replace("\0", "", StringComparison.Ordinal)));

    private Task<SshResult> RunAsync(string script, SshExecuteOptions? options = null) => _session.ExecuteAsync(ShellCommand.Script(script), options, Token);
}
