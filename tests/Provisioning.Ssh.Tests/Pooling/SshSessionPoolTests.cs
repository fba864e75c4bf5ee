using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Ssh.Pooling;
using Provisioning.Ssh.Tests.Support;

namespace Provisioning.Ssh.Tests.Pooling;

public sealed class SshSessionPoolTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly FakeConnector _connector = new();
    private readonly SshSessionPool _pool;
    private readonly SshSessionShare _share;

    public SshSessionPoolTests()
    {
        _pool = new(_connector, _clock, NullLoggerFactory.Instance);
        _share = _pool.Join(Endpoint, limit: 2);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    [Fact]
    public async Task Never_opens_more_than_the_limit_and_serves_in_order()
    {
        var first = await RentAsync();
        var second = await RentAsync();
        List<int> served = [];
        var waiting = Enumerable.Range(0, 5).Select(number => ServeAsync(number, served)).ToList();
        Assert.All(waiting, task => Assert.False(task.IsCompleted));

        await first.DisposeAsync();
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromMinutes(3), Token);
        await second.DisposeAsync();

        Assert.Equal([0, 1, 2, 3, 4], served);
        Assert.Equal(2, _connector.Opened.Count);
    }

    [Fact]
    public async Task A_session_that_failed_is_not_used_again()
    {
        await using (var session = await RentAsync())
        {
            _connector.Opened[0].Fails = true;
            await Assert.ThrowsAsync<SshFailureException>(() => session.ExecuteAsync(ShellCommand.Of("true"), null, Token));
        }

        await using var next = await RentAsync();

        Assert.Equal(2, _connector.Opened.Count);
        Assert.True(_connector.Opened[0].Disposed);
    }

    [Fact]
    public async Task A_rested_session_that_gives_no_sign_of_life_is_replaced()
    {
        await (await RentAsync()).DisposeAsync();
        _connector.Opened[0].Fails = true;
        _clock.Advance(TimeSpan.FromSeconds(11));

        await using var next = await RentAsync();

        Assert.True(_connector.Opened[0].Disposed);
        Assert.Equal(2, _connector.Opened.Count);
    }

    [Fact]
    public async Task A_session_just_used_is_taken_without_asking()
    {
        await (await RentAsync()).DisposeAsync();

        await using var next = await RentAsync();

        Assert.Equal(0, _connector.Opened[0].Executed);
        Assert.Single(_connector.Opened);
    }

    [Fact]
    public async Task A_session_is_never_handed_to_another_share_whose_login_may_be_another_one_of_the_same_name()
    {
        await (await RentAsync()).DisposeAsync();
        await using var other = _pool.Join(Endpoint, 2);

        await using var session = await other.RentAsync(Token);

        Assert.Equal(2, _connector.Opened.Count);
    }

    [Fact]
    public async Task Sessions_of_a_share_that_is_not_used_any_more_are_closed()
    {
        var rented = await RentAsync();
        await (await RentAsync()).DisposeAsync();

        await _share.DisposeAsync();
        Assert.Equal([false, true], _connector.Opened.Select(session => session.Disposed));

        await rented.DisposeAsync();
        Assert.True(_connector.Opened[0].Disposed);
        await Assert.ThrowsAsync<ObjectDisposedException>(RentAsync);
    }

    [Fact]
    public async Task Idle_sessions_are_closed()
    {
        await (await RentAsync()).DisposeAsync();

        _clock.Advance(TimeSpan.FromMinutes(3));

        Assert.True(_connector.Opened[0].Disposed);
    }

    [Fact]
    public async Task A_failed_connection_gives_its_place_free()
    {
        _connector.Refuses = true;
        for (var attempt = 0; attempt < 5; attempt++)
            await Assert.ThrowsAsync<SshFailureException>(RentAsync);
        _connector.Refuses = false;

        await using var session = await RentAsync();
        await using var another = await RentAsync();
    }

    [Fact]
    public async Task Who_stops_waiting_leaves_the_line()
    {
        await using var first = await RentAsync();
        var second = await RentAsync();
        using var cancel = new CancellationTokenSource();
        var impatient = _share.RentAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);

        await second.DisposeAsync();

        await using var third = await RentAsync().WaitAsync(TimeSpan.FromMinutes(3), Token);
    }

    [Fact]
    public async Task Sessions_that_come_back_after_the_end_are_closed()
    {
        var session = await RentAsync();
        await _pool.DisposeAsync();

        await session.DisposeAsync();

        Assert.True(_connector.Opened[0].Disposed);
        await Assert.ThrowsAsync<ObjectDisposedException>(RentAsync);
    }

    [Fact]
    public async Task Who_waits_when_the_pool_ends_is_told()
    {
        await using var first = await RentAsync();
        await using var second = await RentAsync();
        var waiting = RentAsync();

        await _pool.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
    }

    private static SshEndpoint Endpoint => new()
    {
        Address = "host", Port = 22, User = "root", HostKeys = ["ssh-ed25519 AAAA"], Credentials = LoginServer.Login("k"),
    };

    private Task<ISshSession> RentAsync() => _share.RentAsync(Token);

    private async Task ServeAsync(int number, List<int> served)
    {
        await using var session = await RentAsync();
        lock (served)
            served.Add(number);
    }
}
