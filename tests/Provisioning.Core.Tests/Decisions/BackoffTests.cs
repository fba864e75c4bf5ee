using FsCheck.Xunit;
using Provisioning.Core.Decisions;

namespace Provisioning.Core.Tests.Decisions;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    [InlineData(7, 320)]
    [InlineData(8, 600)]
    [InlineData(int.MaxValue, 600)]
    [InlineData(0, 5)]
    public void It_doubles_up_to_ten_minutes(int failures, double seconds) => Assert.Equal(seconds, Backoff.After(failures, 0).TotalSeconds);

    [Property]
    public bool Jitter_only_shortens_and_by_a_fifth_at_most(int failures, ushort random)
    {
        var longest = Backoff.After(failures, 0);
        var wait = Backoff.After(failures, random / 65536.0);
        return wait <= longest && wait >= longest * 0.8;
    }
}
