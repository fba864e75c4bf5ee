using System.Text;
using Provisioning.Ssh.Tests.Support;

namespace Provisioning.Ssh.Tests;

/// <summary>A host that greets whoever logs in: before the login, as sshd's Banner does, and on standard output, as a shell's start-up file does.</summary>
public sealed class GreetingTests : IAsyncLifetime
{
    private const string Greeting = "\u001b[2J\u001b]0;owned\aWelcome to the lab!\nversion 1\nmissing\nhave 7 7";

    private readonly LoginServer _server;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("provisioning-greeting-");
    private ISshSession _session = null!;

    public GreetingTests() => _server = new()
    {
        Settings = $"Banner {Text}\nForceCommand /bin/sh -c 'cat {Text}; exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"'",
    };

    private string Text => Path.Combine(_folder.FullName, "greeting");

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
