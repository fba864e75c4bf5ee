using System.Text;
using Provisioning.Ssh.Tests.Support;
using Renci.SshNet;

namespace Provisioning.Ssh.Tests;

public sealed class UnreadOutputTests(LoginServer server) : IClassFixture<LoginServer>, IAsyncLifetime
{
    private const int SentBytes = 64 * 1024 * 1024;
    private const int LargestPacketBytes = 64 * 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly UnreadOutput _unread = new();
    private SshClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var endpoint = server.Endpoint;
        var connection = new ConnectionInfo(endpoint.Address, endpoint.Port, endpoint.User, LoginMethods.Create(endpoint));
        SshAlgorithms.Restrict(connection, [], _unread);
        _client = new SshClient(connection);
        await _client.ConnectAsync(Token);
    }

    public ValueTask DisposeAsync()
    {
        _unread.Close();
        _client.Dispose();
        return default;
    }

    [Fact]
    public async Task A_machine_waits_while_it_is_not_read_what_it_says()
    {
        // Its answers take as long as the machine needs to send much more than is read.
        await using var other = await server.Connector.ConnectAsync(server.Endpoint, Token);
        var (command, ending) = Begin();
        var output = command.OutputStream;
        var chunk = new byte[1024 * 1024];
        var (read, most) = (0L, 0L);

        while (!ending.IsCompleted || output.Length > 0)
        {
            await other.ExecuteAsync(ShellCommand.Of("true"), null, Token);
            most = Math.Max(most, output.Length);
            if (output.Length > 0)
                read += output.Read(chunk, 0, (int)Math.Min(output.Length, chunk.Length));
            _unread.Read();
        }

        await ending;
        Assert.Equal(SentBytes, read);
        Assert.InRange(most, 1, UnreadOutput.MostBytes + LargestPacketBytes);
    }

    [Fact]
    public async Task What_nobody_reads_any_more_is_thrown_away()
    {
        var (command, ending) = Begin();
        await FullAsync(command);

        _unread.Leave(command);

        await ending.WaitAsync(Limit, Token);
        Assert.InRange(command.OutputStream.Length, 0, LargestPacketBytes);
    }

    [Fact]
    public async Task A_connection_that_is_closed_waits_for_nobody_to_read()
    {
        var (command, _) = Begin();
        await FullAsync(command);

        _unread.Close();

        await Task.Run(_client.Dispose, Token).WaitAsync(Limit, Token);
        Assert.Throws<ObjectDisposedException>(() => _client.IsConnected);
    }

    [Fact]
    public async Task One_that_says_much_while_it_is_told_much_does_both()
    {
        await using var session = await server.Connector.ConnectAsync(server.Endpoint, Token);
        var input = Encoding.ASCII.GetBytes(new string('x', SentBytes));

        var result = await session.ExecuteAsync(ShellCommand.Of("cat"), new() { Input = input, Binary = true, MaximumOutputBytes = input.Length, Timeout = Limit }, Token);

        Assert.True(result.IsSuccess);
        Assert.True(result.Bytes.Span.SequenceEqual(input));
    }

    private (SshCommand Command, Task Ending) Begin()
    {
        var command = _client.CreateCommand($"head -c {SentBytes} /dev/zero");
        _unread.Begin(command);
        return (command, command.ExecuteAsync(Token));
    }

    private static Task FullAsync(SshCommand command) =>
        Poll.UntilAsync("it waits to be read", () => Task.FromResult(command.OutputStream.Length > UnreadOutput.MostBytes), Limit);
}
