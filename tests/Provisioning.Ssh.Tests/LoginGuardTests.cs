using Provisioning.Api.Machines;

namespace Provisioning.Ssh.Tests;

public sealed class LoginGuardTests
{
    private readonly LoginGuard _guard = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static SshEndpoint Endpoint => new() { Address = "host", Port = 22, User = "root", HostKeys = ["SHA256:one"], Credentials = new("login", "1", null, null, new("secret")) };

    [Fact]
    public async Task Attempts_that_begin_at_once_are_no_more_than_may_be_refused()
    {
        for (var number = 0; number < LoginGuard.MostRefusals; number++)
            Assert.True(await _guard.BeginAsync(Endpoint, Token));
        var further = Enumerable.Range(0, 5).Select(_ => _guard.BeginAsync(Endpoint, Token)).ToList();
        Assert.All(further, attempt => Assert.False(attempt.IsCompleted));

        for (var number = 0; number < LoginGuard.MostRefusals; number++)
            _guard.End(Endpoint, accepted: false);

        Assert.All(await Task.WhenAll(further), Assert.False);
    }

    [Fact]
    public async Task Who_waited_is_let_in_once_the_login_is_accepted()
    {
        for (var number = 0; number < LoginGuard.MostRefusals; number++)
            await _guard.BeginAsync(Endpoint, Token);
        var further = _guard.BeginAsync(Endpoint, Token);

        _guard.End(Endpoint, accepted: true);

        Assert.True(await further);
    }

    [Fact]
    public async Task What_ended_without_an_answer_counts_for_nothing()
    {
        for (var number = 0; number < 10; number++)
        {
            Assert.True(await _guard.BeginAsync(Endpoint, Token));
            _guard.End(Endpoint, accepted: null);
        }
    }

    [Fact]
    public async Task Another_version_of_the_secret_begins_a_new_count()
    {
        for (var number = 0; number < LoginGuard.MostRefusals; number++)
        {
            await _guard.BeginAsync(Endpoint, Token);
            _guard.End(Endpoint, accepted: false);
        }

        Assert.False(await _guard.BeginAsync(Endpoint, Token));
        Assert.True(await _guard.BeginAsync(Endpoint with { Credentials = new("login", "2", null, null, new("secret")) }, Token));
    }

    [Fact]
    public async Task Whoever_waits_can_give_up()
    {
        for (var number = 0; number < LoginGuard.MostRefusals; number++)
            await _guard.BeginAsync(Endpoint, Token);
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var further = _guard.BeginAsync(Endpoint, source.Token);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => further);
    }
}
