using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Api;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;
using Provisioning.Operator.Engines;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Engines;

public sealed class SecretReaderTests
{
    private readonly FakeTimeProvider _time = new();
    private Func<Task<Secret?>> _answer = () => Task.FromResult<Secret?>(Secret("1", ("password", "open sesame")));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_secret_is_read_again_when_it_is_older_than_its_freshness()
    {
        var (reader, client) = Make();
        await reader.ReadAsync("lab", "login", Cancel);
        _time.Advance(SecretReader.Freshness - TimeSpan.FromMilliseconds(1));
        await reader.ReadAsync("lab", "login", Cancel);
        Assert.Equal(1, client.Reads);

        _answer = () => Task.FromResult<Secret?>(Secret("2", ("password", "changed")));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var (credentials, _) = await reader.ReadAsync("lab", "login", Cancel);
        Assert.Equal(("2", "changed"), (credentials!.Version, credentials.Password!.Reveal()));
    }

    [Fact]
    public async Task Reads_at_the_same_time_are_one_read_and_outlive_the_first_who_asked()
    {
        var gate = new TaskCompletionSource<Secret?>();
        _answer = () => gate.Task;
        var (reader, client) = Make();
        using var impatient = new CancellationTokenSource();
        var first = reader.ReadAsync("lab", "login", impatient.Token);
        var second = reader.ReadAsync("lab", "login", Cancel);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        gate.SetResult(Secret("1", ("password", "x")));

        Assert.NotNull((await second).Credentials);
        Assert.Equal(1, client.Reads);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_that_failed_is_not_remembered(bool cancelled)
    {
        _answer = () => cancelled ? Task.FromCanceled<Secret?>(new CancellationToken(true)) : Task.FromException<Secret?>(new HttpRequestException("broken"));
        var (reader, _) = Make();
        await Assert.ThrowsAnyAsync<Exception>(() => reader.ReadAsync("lab", "login", Cancel));

        _answer = () => Task.FromResult<Secret?>(Secret("1", ("password", "x")));
        Assert.NotNull((await reader.ReadAsync("lab", "login", Cancel)).Credentials);
    }

    [Fact]
    public async Task A_missing_secret_is_named_with_the_command_that_makes_it()
    {
        _answer = () => Task.FromResult<Secret?>(null);
        var (_, obstacle) = await Make().Reader.ReadAsync("lab", "login", Cancel);
        Assert.Equal((Reasons.SecretInvalid, true), (obstacle!.Reason, obstacle.NeedsPerson));
        Assert.Contains("kubectl -n lab create secret generic login", obstacle.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_without_a_login_names_the_keys_it_needs()
    {
        _answer = () => Task.FromResult<Secret?>(Secret("1", ("token", "open sesame"), ("password", "")));
        var (_, obstacle) = await Make().Reader.ReadAsync("lab", "login", Cancel);
        Assert.Contains("neither the key ssh-privatekey nor the key password", obstacle!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("open sesame", obstacle.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_may_not_be_read_is_an_obstacle_and_no_exception()
    {
        _answer = () => Task.FromException<Secret?>(new KubernetesApiException(HttpStatusCode.Forbidden, "Forbidden", "secrets \"login\" is forbidden"));
        var (_, obstacle) = await Make().Reader.ReadAsync("lab", "login", Cancel);
        Assert.Contains("verb get on secrets in namespace lab", obstacle!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_never_prints_its_secrets()
    {
        _answer = () => Task.FromResult<Secret?>(Secret("1", ("ssh-privatekey", "KEY open sesame"), ("ssh-passphrase", "open sesame"), ("password", "open sesame")));
        var (credentials, _) = await Make().Reader.ReadAsync("lab", "login", Cancel);
        Assert.DoesNotContain("open sesame", credentials!.ToString(), StringComparison.Ordinal);
        Assert.Equal("KEY open sesame", credentials.PrivateKey!.Reveal());
    }

    private (SecretReader Reader, ReadingClient<Secret> Client) Make()
    {
        var client = new ReadingClient<Secret>(_ => _answer());
        return (new(client, _time), client);
    }

    private static Secret Secret(string version, params (string Key, string Value)[] data) => new()
    {
        Metadata = new() { Name = "login", Namespace = "lab", ResourceVersion = version },
        Data = data.ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetBytes(pair.Value)),
    };
}
