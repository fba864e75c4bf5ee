using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Engines.Targets;
using Provisioning.Operator.Images;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Images;

public sealed class ImageStatusesTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 6, 7, 8, 9, TimeSpan.Zero);

    [Fact]
    public void An_image_is_ready_where_one_provisioner_has_it_whole()
    {
        var status = Compose(("a", ImageAnswer.No(Reasons.ImageFileMissing)), ("b", ImageAnswer.Yes(1536, "/images/x")), ("c", ImageAnswer.Unknown(Reasons.HostUnreachable, "Dead.")));
        Assert.Equal((ConditionStatus.True, Reasons.ImageAvailable), Ready(status));
        Assert.Equal(("b", "1.5Ki"), (Assert.Single(status.Locations).Provisioner, status.Size));
    }

    [Fact]
    public void A_damaged_copy_is_told_even_if_another_one_is_whole()
    {
        var status = Compose(("a", ImageAnswer.Yes(1, "x")), ("b", ImageAnswer.No(Reasons.ImageDigestMismatch, "Other bytes.")));
        Assert.Equal((ConditionStatus.False, Reasons.ImageDigestMismatch), Ready(status));
        Assert.Contains(status.Conditions, condition => condition.Type == "Stalled");
    }

    [Fact]
    public void What_cannot_be_told_is_unknown() =>
        Assert.Equal((ConditionStatus.Unknown, Reasons.HostUnreachable), Ready(Compose(("a", ImageAnswer.No(Reasons.ImageFileMissing)), ("b", ImageAnswer.Unknown(Reasons.HostUnreachable)))));

    [Fact]
    public void A_file_that_is_nowhere_stalls_and_says_where_to_put_it()
    {
        var status = Compose(("a", ImageAnswer.No(Reasons.ImageFileMissing)));
        Assert.Equal((ConditionStatus.False, Reasons.ImageFileMissing), Ready(status));
        Assert.Contains("Copy it into", status.Conditions[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_provisioner_it_stalls() => Assert.Contains("Create one", Compose().Conditions[0].Message, StringComparison.Ordinal);

    [Fact]
    public void Progress_of_the_comparison_does_not_change_the_status()
    {
        var early = Compose(("a", ImageAnswer.Unknown(Reasons.OperationRunning, "Comparing the digest, 3 %.")));
        var late = Compose(("a", ImageAnswer.Unknown(Reasons.OperationRunning, "Comparing the digest, 97 %.")));
        Assert.Equal(early.Conditions, late.Conditions);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1023, "1023")]
    [InlineData(1024, "1.0Ki")]
    [InlineData(1536, "1.5Ki")]
    [InlineData(100L << 20, "100Mi")]
    [InlineData(1L << 40, "1.0Ti")]
    public void Sizes_are_written_for_people(long bytes, string text) => Assert.Equal(text, ImageStatuses.ForPeople(bytes));

    [Fact]
    public void A_fetched_copy_is_told_from_a_placed_one_with_the_time_since_when_nobody_uses_it()
    {
        var image = Samples.Image();
        LibraryAnswer[] answers = [new("placed", ImageAnswer.Yes(1, "")), new("used", Fetched), new("unused", Fetched)];

        image.Status = ImageStatuses.Compose(image, answers, new HashSet<string> { "used" }, [], Now);
        var later = ImageStatuses.Compose(image, answers, new HashSet<string> { "used" }, [], Now.AddDays(1));

        Assert.Equal([(ImageOrigin.Placed, null), (ImageOrigin.Fetched, null), (ImageOrigin.Fetched, Now)], later.Locations.Select(location => (location.Origin, location.UnusedSinceTime)));
        Assert.Null(ImageStatuses.Compose(image, answers, new HashSet<string> { "unused" }, [], Now.AddDays(1)).Locations[2].UnusedSinceTime);
    }

    private static ImageAnswer Fetched => ImageAnswer.Yes(1, "") with { IsFetched = true };

    private static (ConditionStatus, string) Ready(ImageStatus status)
    {
        var ready = status.Conditions.Single(condition => condition.Type == "Ready");
        return (ready.Status, ready.Reason);
    }

    private static ImageStatus Compose(params (string Provisioner, ImageAnswer Answer)[] answers) =>
        ImageStatuses.Compose(Samples.Image(), [.. answers.Select(answer => new LibraryAnswer(answer.Provisioner, answer.Answer))], new HashSet<string>(), [], Now);
}
