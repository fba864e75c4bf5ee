using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Ssh.Pooling;
using Provisioning.Ssh.Tests.Support;

namespace Provisioning.Ssh.Tests.Pooling;

/// <summary>Several use one address and port: other Provisioners, other engines, other users.</summary>
public sealed class SharedEndpointTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly FakeTimeProvider _clock = new();
    private readonly FakeConnector _connector = new();
    private readonly SshSessionPool _pool;

    public SharedEndpointTests() => _pool = new(_connector, _clock, NullLoggerFactory.Instance);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    [Theory]
    [InlineData("host", "host", true)]
    [InlineData("host", "HOST.", true)]
    [InlineData("::1", "0:0::1", true)]
    [InlineData("host", "other", false)]
    public async Task The_limit_holds_for_all_who_name_the_same_endpoint(string address, string otherAddress, bool shared)
    {
        await using var one = Join("root", 1, address);
        await using var other = Join("operator", 1, otherAddress);

        await using var session = await one.RentAsync(Token);
        var second = other.RentAsync(Token);

        Assert.Equal(shared, !second.IsCompleted);
        await session.DisposeAsync();
        await (await second.WaitAsync(Patience, Token)).DisposeAsync();
    }

    [Fact]
    public async Task Another_port_is_another_endpoint()
    {
        await using var one = Join("root", 1);
        await using var other = Join("root", 1, port: 2222);

        await using var session = await one.RentAsync(Token);
        await using var second = await other.RentAsync(Token);
    }

    [Fact]
    public async Task The_smallest_limit_holds_as_long_as_it_is_named()
    {
        await using var wide = Join("root", 3);
        var narrow = Join("operator", 1);
        await using var first = await wide.RentAsync(Token);
        var second = wide.RentAsync(Token);
        Assert.False(second.IsCompleted);

        await narrow.DisposeAsync();

        await using var session = await second.WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task Idle_sessions_beyond_a_smaller_limit_are_closed()
    {
        await using var wide = Join("root", 3);
        List<ISshSession> rented = [await wide.RentAsync(Token), await wide.RentAsync(Token), await wide.RentAsync(Token)];
        await rented[0].DisposeAsync();
        await rented[1].DisposeAsync();

        await using var narrow = Join("operator", 2);
        Assert.Equal(2, _connector.Open);

        await rented[2].DisposeAsync();
        Assert.Equal(2, _connector.Open);
    }

    [Fact]
    public async Task First_come_first_served_whoever_asks()
    {
        await using var one = Join("root", 1);
        await using var other = Join("operator", 1);
        var busy = await one.RentAsync(Token);
        List<string> served = [];
        List<Task> all = [];
        foreach (var user in (string[])["root", "operator", "operator", "root", "operator", "root"])
            all.Add(ServeAsync(user == "root" ? one : other, user));

        await busy.DisposeAsync();
        await Task.WhenAll(all).WaitAsync(Patience, Token);

        Assert.Equal(["root", "operator", "operator", "root", "operator", "root"], served);

        async Task ServeAsync(SshSessionShare share, string user)
        {
            await using var session = await share.RentAsync(Token);
            served.Add(user);
        }
    }

    [Fact]
    public async Task An_idle_session_of_another_login_makes_room_and_is_closed_before_the_next_is_opened()
    {
        await using var one = Join("root", 1);
        await using var other = Join("operator", 1);
        await (await one.RentAsync(Token)).DisposeAsync();
        TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _connector.Opened[0].Closing = closed.Task;

        var next = other.RentAsync(Token);
        Assert.Single(_connector.Opened);
        closed.SetResult();

        await using var session = await next.WaitAsync(Patience, Token);
        Assert.Equal(["operator"], _connector.Opened.Where(opened => !opened.Disposed).Select(opened => opened.User));
    }

    [Fact]
    public async Task An_idle_session_of_another_login_stays_where_there_is_room()
    {
        await using var one = Join("root", 2);
        await using var other = Join("operator", 2);
        await (await one.RentAsync(Token)).DisposeAsync();

        await using var session = await other.RentAsync(Token);

        Assert.Equal(2, _connector.Open);
    }

    [Fact]
    public async Task What_is_still_rented_counts_for_those_that_come_after_its_share_has_gone()
    {
        var gone = Join("root", 1);
        var rented = await gone.RentAsync(Token);
        await gone.DisposeAsync();
        _clock.Advance(TimeSpan.FromMinutes(5));
        await using var next = Join("root", 1);

        var waiting = next.RentAsync(Token);
        Assert.False(waiting.IsCompleted);

        await rented.DisposeAsync();
        await using var session = await waiting.WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task A_session_that_is_still_being_closed_keeps_its_place()
    {
        await using var one = Join("root", 1);
        await (await one.RentAsync(Token)).DisposeAsync();
        TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _connector.Opened[0].Closing = closed.Task;
        _clock.Advance(TimeSpan.FromMinutes(3));

        var next = one.RentAsync(Token);
        Assert.False(next.IsCompleted);
        closed.SetResult();

        await using var session = await next.WaitAsync(Patience, Token);
        Assert.Equal(1, _connector.Open);
    }

    private SshSessionShare Join(string user, int limit, string address = "host", int port = 22) => _pool.Join(
        new() { Address = address, Port = port, User = user, HostKeys = ["ssh-ed25519 AAAA"], Credentials = LoginServer.Login("k") }, limit);
}
