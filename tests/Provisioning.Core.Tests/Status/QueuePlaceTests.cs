using FsCheck;
using FsCheck.Xunit;
using Provisioning.Api.Nodes;
using Provisioning.Core.Status;

namespace Provisioning.Core.Tests.Status;

public sealed class QueuePlaceTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, 1960, 1960)]
    [InlineData(1960, 1959, 1960)]
    [InlineData(1960, 161, 1960)]
    [InlineData(1960, 160, 160)]
    [InlineData(160, 41, 160)]
    [InlineData(160, 40, 40)]
    [InlineData(1960, 12, 12)]
    [InlineData(40, 1, 40)]
    [InlineData(40, 70, 70)]
    public void Told_when_it_joins_when_it_is_near_and_when_it_is_among_the_next(int? last, int place, int told) =>
        Assert.Equal(told, QueuePlace.Tell(last is { } position ? Status(position) : null, place, limit: 40, Now).Position);

    [Fact]
    public void Since_when_it_waits_is_kept_and_has_whole_seconds()
    {
        var joined = QueuePlace.Tell(null, 9, limit: 1, Now.AddMilliseconds(300));
        var told = QueuePlace.Tell(joined, 1, limit: 1, Now.AddHours(1));
        Assert.Equal((Now, Now, 1), (joined.SinceTime, told.SinceTime, told.Position));
    }

    [Property]
    public void However_long_the_line_each_is_told_three_times_at_most(PositiveInt joined, PositiveInt limit, int seed)
    {
        var random = new Random(seed);
        var (status, tellings) = (QueuePlace.Tell(null, joined.Get * 1000, limit.Get, Now), 1);
        for (var place = joined.Get * 1000; place > 0; place -= random.Next(1, 40))
        {
            var next = QueuePlace.Tell(status, place, limit.Get, Now);
            tellings += next == status ? 0 : 1;
            status = next;
            Assert.InRange(place, 1, status.Position);
        }

        Assert.InRange(tellings, 1, 3);
    }

    private static QueueStatus Status(int position) => new() { Position = position, SinceTime = Now };
}
