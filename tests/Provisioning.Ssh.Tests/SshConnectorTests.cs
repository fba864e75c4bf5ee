using System.Diagnostics;
using Provisioning.Ssh.Tests.Support;

namespace Provisioning.Ssh.Tests;

public sealed class SshConnectorTests(LoginServer server) : IClassFixture<LoginServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Logs_in_with_a_pinned_key_and_reports_it()
    {
        await using var session = await server.Connector.ConnectAsync(server.Endpoint, Token);

        Assert.Equal(server.HostKey, session.HostKey);
        Assert.Equal("hello\n", (await session.ExecuteAsync(ShellCommand.Of("echo", "hello"), null, Token)).Output);
    }

    [Fact]
    public async Task Accepts_a_fingerprint()
    {
        await using var first = await server.Connector.ConnectAsync(server.Endpoint, Token);
        var fingerprint = HostKeys.Fingerprint(Convert.FromBase64String(first.HostKey.Split(' ')[1]));

        await using var session = await server.Connector.ConnectAsync(server.Endpoint with { HostKeys = [fingerprint] }, Token);

        Assert.Equal(server.HostKey, session.HostKey);
    }

    [Fact]
    public async Task Asks_for_the_type_of_key_that_is_pinned()
    {
        var rsa = server.PublicKey("host-rsa");

        await using var session = await server.Connector.ConnectAsync(server.Endpoint with { HostKeys = [rsa + " a comment"] }, Token);

        Assert.Equal(rsa, session.HostKey);
    }

    [Fact]
    public async Task Refuses_another_host_key_and_names_it()
    {
        await server.MakeKeyAsync("other-host", "ed25519");
        var other = server.PublicKey("other-host");
        var failure = await FailureAsync(server.Connector, server.Endpoint with { HostKeys = [other + " comment"], HostKeysField = "spec.keys of the Thing t" });

        Assert.Equal(SshFailureKind.HostKeyMismatch, failure.Kind);
        Assert.Contains($"shows the SSH host key {FingerprintOf(server.HostKey)}, and {FingerprintOf(other)} is accepted", failure.Message);
        Assert.Contains("list the new one in spec.keys of the Thing t;", failure.Message);
    }

    [Fact]
    public async Task Names_some_of_many_accepted_keys_as_they_were_given()
    {
        string[] accepted = ["SHA256:one", "SHA256:two", "no key at all", "SHA256:four", "SHA256:five"];
        var failure = await FailureAsync(server.Connector, server.Endpoint with { HostKeys = accepted });

        Assert.Contains("SHA256:one or SHA256:two or no key at all or one of 2 more is accepted", failure.Message);
    }

    [Fact]
    public async Task Connects_to_nobody_when_no_host_key_is_pinned()
    {
        using var listener = OddServer.Silent();
        var failure = await FailureAsync(server.Connector, server.Endpoint with { HostKeys = [], Port = listener.Port, HostKeysField = "spec.keys" });

        Assert.Equal(SshFailureKind.HostKeyUnknown, failure.Kind);
        Assert.EndsWith("prints it, in spec.keys.", failure.Message);
        Assert.Equal(0, listener.Connections);
    }

    [Fact]
    public async Task Trusts_any_key_only_when_told_to()
    {
        await using var session = await server.Connector.ConnectAsync(server.Endpoint with { HostKeys = [], TrustAnyHostKey = true }, Token);

        Assert.StartsWith("ssh-ed25519 ", session.HostKey);
    }

    [Theory]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2hunter2\n-----END OPENSSH PRIVATE KEY-----\n")]
    [InlineData("hunter2")]
    [InlineData("")]
    public async Task A_key_that_is_none_is_told_without_showing_it(string key)
    {
        var failure = await FailureAsync(server.Connector, server.Endpoint with { Credentials = LoginServer.Login(key) });

        Assert.Equal(SshFailureKind.CredentialsInvalid, failure.Kind);
        Assert.DoesNotContain("hunter2", failure.ToString());
        Assert.Contains("Secret login", failure.Message);
    }

    [Fact]
    public async Task An_encrypted_key_needs_its_passphrase()
    {
        var key = await server.MakeKeyAsync("locked", "ed25519", passphrase: "open sesame");

        var without = await FailureAsync(server.Connector, server.Endpoint with { Credentials = LoginServer.Login(key) });
        var wrong = await FailureAsync(server.Connector, server.Endpoint with { Credentials = LoginServer.Login(key, passphrase: "wrong") });

        Assert.Contains("ssh-passphrase", without.Message);
        Assert.Equal(SshFailureKind.CredentialsInvalid, wrong.Kind);
    }

    [Theory]
    [InlineData("rsa", "PEM", "")]
    [InlineData("ecdsa", "PKCS8", "")]
    [InlineData("ed25519", "RFC4716", "open sesame")]
    public async Task Every_usual_form_of_key_logs_in(string type, string format, string passphrase)
    {
        var name = $"key-{type}-{format}";
        var key = await server.MakeKeyAsync(name, type, passphrase, format);
        await File.AppendAllTextAsync(Path.Combine(server.Directory, "authorized_keys"), server.PublicKey(name) + "\n", Token);

        await using var session = await server.Connector.ConnectAsync(
            server.Endpoint with { Credentials = LoginServer.Login(key.TrimEnd(), passphrase: passphrase) }, Token);

        Assert.True((await session.ExecuteAsync(ShellCommand.Of("true"), null, Token)).IsSuccess);
    }

    [Fact]
    public async Task After_three_refusals_the_login_is_not_tried_until_the_secret_changes()
    {
        var key = await server.MakeKeyAsync("stranger", "ed25519");
        var connector = new SshConnector(TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        var endpoint = server.Endpoint with { Credentials = LoginServer.Login(key, "7") };
        for (var attempt = 0; attempt < 3; attempt++)
            Assert.Equal(SshFailureKind.CredentialsRefused, (await FailureAsync(connector, endpoint)).Kind);
        var attempts = Attempts();

        var fourth = await FailureAsync(connector, endpoint);

        Assert.Equal(SshFailureKind.CredentialsRefused, fourth.Kind);
        Assert.Contains("before the Secret changes", fourth.Message);
        Assert.Equal(attempts, Attempts());
        await using var changed = await connector.ConnectAsync(endpoint with { Credentials = LoginServer.Login(server.ClientKey, "8") }, Token);
        Assert.Equal(SshFailureKind.CredentialsRefused, (await FailureAsync(connector, endpoint with { LoginScope = "load-2" })).Kind);
        Assert.Equal(attempts + 2, Attempts());
    }

    [Theory]
    [InlineData("silent")]
    [InlineData("slow")]
    [InlineData("mute")]
    public async Task A_server_that_never_comes_to_the_point_is_left_at_the_deadline(string behaviour)
    {
        using var odd = behaviour switch { "silent" => OddServer.Silent(), "slow" => OddServer.SlowBanner(), _ => OddServer.MuteAfterBanner() };
        var watch = Stopwatch.StartNew();

        var failure = await FailureAsync(server.Connector, server.Endpoint with { Port = odd.Port, ConnectTimeout = TimeSpan.FromSeconds(1) });

        Assert.Contains(failure.Kind, new[] { SshFailureKind.TimedOut, SshFailureKind.Unreachable });
        Assert.False(failure.MayHaveSent);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task The_callers_token_ends_the_wait_for_a_mute_server()
    {
        using var odd = OddServer.MuteAfterBanner();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            server.Connector.ConnectAsync(server.Endpoint with { Port = odd.Port, ConnectTimeout = TimeSpan.FromMinutes(1) }, cancel.Token));
    }

    [Fact]
    public async Task Something_that_speaks_no_ssh_is_unreachable()
    {
        using var odd = OddServer.Saying("HTTP/1.1 400 Bad Request\r\n\r\n");

        Assert.Equal(SshFailureKind.Unreachable, (await FailureAsync(server.Connector, server.Endpoint with { Port = odd.Port })).Kind);
    }

    [Fact]
    public async Task A_closed_port_is_unreachable_and_the_message_says_what_to_look_at()
    {
        var failure = await FailureAsync(server.Connector, server.Endpoint with { Port = Ports.Free() });

        Assert.Equal((SshFailureKind.Unreachable, false), (failure.Kind, failure.MayHaveSent));
        Assert.Contains("firewall", failure.Message);
    }

    private static async Task<SshFailureException> FailureAsync(SshConnector connector, SshEndpoint endpoint) =>
        await Assert.ThrowsAsync<SshFailureException>(() => connector.ConnectAsync(endpoint, Token));

    /// <summary>How often somebody connected, by the server's word, which it gives before it answers. What it says of ends comes at any time.</summary>
    private int Attempts() => File.ReadLines(Path.Combine(server.Directory, "log")).Count(line => line.StartsWith("Connection from ", StringComparison.Ordinal));

    private static string FingerprintOf(string key) => HostKeys.Fingerprint(Convert.FromBase64String(key.Split(' ')[1]));
}
