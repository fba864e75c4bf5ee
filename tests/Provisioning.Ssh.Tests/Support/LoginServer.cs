using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api.Machines;

namespace Provisioning.Ssh.Tests.Support;

/// <summary>A real sshd that takes many attempts to log in, and how to log in there.</summary>
public sealed class LoginServer : IAsyncLifetime
{
    private readonly SshServer _server = new() { Greets = false };

    public string Directory => _server.Directory;

    /// <summary>More lines of sshd_config.</summary>
    public string Settings { get; init; } = "";

    public int Port => _server.Port;

    public string HostKey => _server.HostKey;

    public string ClientKey => _server.ClientKey;

    public SshConnector Connector { get; } = new(TimeProvider.System, NullLoggerFactory.Instance);

    public SshEndpoint Endpoint => new()
    {
        Address = "127.0.0.1",
        Port = Port,
        User = Environment.UserName,
        HostKeys = [HostKey],
        Credentials = Login(ClientKey),
    };

    public static Credentials Login(string? key, string version = "1", string? passphrase = null, string? password = null) =>
        new("login", version, Secret(key), Secret(passphrase), Secret(password));

    public async ValueTask InitializeAsync() => await _server.PrepareAsync(hostKeyTypes: ["ed25519", "rsa"], settings: $"MaxAuthTries 20\nLogLevel VERBOSE\n{Settings}");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    public string PublicKey(string name) => _server.PublicKey(name);

    public Task<string> MakeKeyAsync(string name, string type, string passphrase = "", string format = "RFC4716") => _server.MakeKeyAsync(name, type, passphrase, format);

    /// <summary>The process of sshd that serves a session.</summary>
    public static async Task<int> ServerProcessAsync(ISshSession session)
    {
        var result = await session.ExecuteAsync(
            ShellCommand.Script("p=$$; while read -r c </proc/$p/comm && [ \"$c\" != sshd ]; do p=$(sed 's/^.*) //' /proc/$p/stat | cut -d' ' -f2); done; echo $p"),
            null,
            TestContext.Current.CancellationToken);
        return int.Parse(result.Output);
    }

    public static async Task SignalAsync(int process, string signal) => (await Programs.SignalAsync(process, signal)).Succeeded();

    private static SecretText? Secret(string? text) => text is null ? null : new SecretText(text);
}
