using Provisioning.Kubernetes.Caching;

namespace Provisioning.Kubernetes.Tests.Caching;

/// <summary>How far a reflector has come. Unlike those who wait for an object, who waits here is not served by its deletion: it may have been deleted before what is waited for.</summary>
public sealed class ShownVersionsTests
{
    private readonly ShownVersions _shown = new();

    [Theory]
    [InlineData("99", false)]
    [InlineData("100", true)]
    [InlineData("101", true)]
    [InlineData("9", false)]
    [InlineData("a", false)]
    public void Is_reached_by_the_version_or_a_newer_one(string version, bool isReached)
    {
        var reached = _shown.UntilAsync("100");
        _shown.Show(version);
        Assert.Equal(isReached, reached.IsCompletedSuccessfully);
        Assert.Equal(isReached, _shown.UntilAsync("100").IsCompletedSuccessfully);
    }

    [Fact]
    public void Versions_that_are_no_numbers_are_reached_by_themselves_only()
    {
        var reached = _shown.UntilAsync("b");
        _shown.Show("c");
        Assert.False(reached.IsCompleted);
        _shown.Show("b");
        Assert.True(reached.IsCompletedSuccessfully);
    }

    [Fact]
    public void What_was_set_back_by_a_list_is_to_be_reached_again()
    {
        _shown.Show("100");
        _shown.Show("50");
        Assert.Equal("50", _shown.Latest);
        Assert.False(_shown.UntilAsync("60").IsCompleted);
    }

    [Fact]
    public void Each_who_waits_is_served_at_its_own_version()
    {
        var (first, second) = (_shown.UntilAsync("10"), _shown.UntilAsync("20"));
        _shown.Show("10");
        Assert.Equal((true, false), (first.IsCompleted, second.IsCompleted));
        _shown.Show("20");
        Assert.True(second.IsCompletedSuccessfully);
    }
}
