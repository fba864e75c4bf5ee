using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Tests.Contract;

namespace Provisioning.Kubernetes.Tests.Caching;

/// <summary>A controller waits until the cache has seen its own write.</summary>
public sealed class VersionWaitTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(7);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_cache_has_needs_no_wait()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        var version = fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        await fixture.RunUntilWatchingAsync();
        var wait = fixture.Reflector.Cache.WaitForVersionAsync(new("default", "a"), version, TimeSpan.Zero, Stop);
        Assert.True(wait.IsCompleted);
        Assert.True(await wait);
    }

    [Fact]
    public async Task A_write_is_waited_for()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        await fixture.RunUntilWatchingAsync();
        var next = (long.Parse(fixture.Server.ResourceVersion) + 1).ToString();
        var wait = fixture.Reflector.Cache.WaitForVersionAsync(new("default", "a"), next, Long, Stop);
        Assert.False(wait.IsCompleted);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        Assert.True(await wait);
        Assert.NotNull(fixture.Cached("a"));
    }

    [Fact]
    public async Task An_object_that_goes_is_not_waited_for()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        await fixture.RunUntilWatchingAsync();
        var wait = fixture.Reflector.Cache.WaitForVersionAsync(new("default", "a"), "999999", Long, Stop);
        fixture.Server.Delete(Widget.FakeKind, "default", "a");
        Assert.True(await wait);
    }

    [Fact]
    public async Task A_write_that_does_not_come_is_false_after_the_timeout()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        await fixture.RunUntilWatchingAsync();
        var wait = fixture.Reflector.Cache.WaitForVersionAsync(new("default", "a"), "999999", Long, Stop);
        await fixture.Time.WaitForTimerAsync(length => length == Long, 1, Stop);
        fixture.Time.Advance(Long);
        Assert.False(await wait);
    }

    [Theory]
    [InlineData("10", "9", true)]
    [InlineData("10", "10", true)]
    [InlineData("9", "10", false)]
    [InlineData("abc", "abc", true)]
    [InlineData("abd", "abc", false)]
    [InlineData(null, "1", false)]
    [InlineData("1", null, false)]
    public void Versions_are_compared_as_numbers_or_not_at_all(string? seen, string? wanted, bool covers) =>
        Assert.Equal(covers, ResourceVersions.Covers(seen, wanted));
}
