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

    public static TheoryData<string, bool> Ends => new()
    {
        { "unknown", true }, { "missing", true }, { "damaged", true }, { "damaged here, whole there", true }, { "no Provisioner", true },
        { "compared", false }, { "whole", false }, { "whole here, unknown there", false }, { "wrong spec", false },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void What_is_looked_for_again_because_it_was_not_found_has_an_attempt_and_a_time_and_nothing_else_has(string end, bool isLookedForAgain)
    {
        var image = Samples.Image();
        if (end == "wrong spec")
            image.Status = new() { Identity = new() { Revision = "another", Digest = image.Spec.Digest, Format = image.Spec.Format, FileName = image.Spec.FileName } };
        List<ImageAnswer> answers = end switch
        {
            "unknown" => [ImageAnswer.Unknown(Reasons.HostUnreachable, "Dead.")],
            "missing" => [ImageAnswer.No(Reasons.ImageFileMissing)],
            "damaged" => [ImageAnswer.No(Reasons.ImageDigestMismatch, "Other bytes.")],
            "damaged here, whole there" => [ImageAnswer.No(Reasons.ImageDigestMismatch, "Other bytes."), ImageAnswer.Yes(1, "x")],
            "compared" => [ImageAnswer.Unknown(Reasons.OperationRunning, "3 %.")],
            "whole" => [ImageAnswer.Yes(1, "x")],
            "whole here, unknown there" => [ImageAnswer.Yes(1, "x"), ImageAnswer.Unknown(Reasons.HostUnreachable, "Dead.")],
            _ => [],
        };
        image.Status = Look(Now);
        Assert.Equal(isLookedForAgain, image.Status.Retry is { Attempt: 1 } retry && retry.NextTime > Now);

        if (!isLookedForAgain)
            return;
        // Between the attempts nothing is to be written, whatever has it looked at.
        Assert.Equal(image.Status.Retry, Look(Now.AddSeconds(1)).Retry);
        Assert.Equal(2, Look(image.Status.Retry!.NextTime).Retry!.Attempt);

        ImageStatus Look(DateTimeOffset now) => ImageStatuses.Compose(image, [.. answers.Select((answer, number) => new LibraryAnswer($"p{number}", answer))], new HashSet<string>(), [], now);
    }

    [Fact]
    public void Another_end_begins_the_count_anew()
    {
        var image = Samples.Image();
        image.Status = Compose(("a", ImageAnswer.No(Reasons.ImageFileMissing))) with { Retry = new() { Attempt = 7, NextTime = Now } };

        Assert.Equal(1, ImageStatuses.Compose(image, [new("a", ImageAnswer.Unknown(Reasons.HostUnreachable, "Dead."))], new HashSet<string>(), [], Now).Retry!.Attempt);
    }

    [Fact]
    public void A_deletion_that_waits_is_tried_again_every_minute_at_least()
    {
        var image = Samples.Image();
        List<double> waits = [];
        for (var now = Now; waits.Count < 6; now = image.Status.Retry!.NextTime)
        {
            image.Status = ImageStatuses.Deleting(image, Reasons.ImageInUse, "n1 uses it.", now);
            waits.Add((image.Status.Retry!.NextTime - now).TotalSeconds);
        }

        Assert.Equal([5, 10, 20, 40, 60, 60], waits);
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

    /// <summary>For an operator that begins anew the status is all that is known of it.</summary>
    [Fact]
    public void A_place_that_does_not_answer_is_kept_until_it_says_that_the_file_is_not_there()
    {
        var image = Samples.Image();
        image.Status = Compose(("a", ImageAnswer.Yes(1, "/images/x")), ("b", ImageAnswer.Yes(1, "/images/y")));
        Assert.Equal(["a", "b"], Places(("a", ImageAnswer.Unknown(Reasons.HostUnreachable)), ("b", ImageAnswer.Yes(1, "/images/y"))));
        Assert.Equal(["b"], Places(("a", ImageAnswer.No(Reasons.ImageFileMissing)), ("b", ImageAnswer.Unknown(Reasons.HostUnreachable))));
        Assert.Equal(["b"], Places(("b", ImageAnswer.Unknown(Reasons.HostUnreachable)), ("c", ImageAnswer.Unknown(Reasons.HostUnreachable))));

        IEnumerable<string> Places(params (string, ImageAnswer)[] answers) => Look(image, answers).Locations.Select(location => location.Provisioner);
    }

    [Fact]
    public void A_place_that_is_gone_is_kept_until_it_was_told_what_stays_there()
    {
        var image = Samples.Image();
        image.Status = Compose(("a", ImageAnswer.Yes(1, "/images/x")), ("b", ImageAnswer.Yes(1, "/images/y")));

        Assert.Equal(["b", "a"], ImageStatuses.Compose(image, [new("b", ImageAnswer.Yes(1, "/images/y"))], new HashSet<string>(), [], Now, missing: new HashSet<string> { "a" }).Locations.Select(location => location.Provisioner));
        Assert.Equal(["b"], Look(image, ("b", ImageAnswer.Yes(1, "/images/y"))).Locations.Select(location => location.Provisioner));
    }

    [Fact]
    public void A_place_that_goes_right_after_its_answer_is_named_as_it_answered_and_never_twice()
    {
        var image = Samples.Image();
        image.Status = Compose(("a", ImageAnswer.Yes(1, "/images/x")));

        Assert.Equal(["a"], Places(ImageAnswer.Yes(1, "/images/x")));
        Assert.Empty(Places(ImageAnswer.No(Reasons.ImageFileMissing)));

        IEnumerable<string> Places(ImageAnswer answer) =>
            ImageStatuses.Compose(image, [new("a", answer)], new HashSet<string>(), [], Now, missing: new HashSet<string> { "a" }).Locations.Select(location => location.Provisioner);
    }

    private static ImageAnswer Fetched => ImageAnswer.Yes(1, "") with { IsFetched = true };

    private static (ConditionStatus, string) Ready(ImageStatus status)
    {
        var ready = status.Conditions.Single(condition => condition.Type == "Ready");
        return (ready.Status, ready.Reason);
    }

    private static ImageStatus Compose(params (string Provisioner, ImageAnswer Answer)[] answers) => Look(Samples.Image(), answers);

    private static ImageStatus Look(Image image, params (string Provisioner, ImageAnswer Answer)[] answers) =>
        ImageStatuses.Compose(image, [.. answers.Select(answer => new LibraryAnswer(answer.Provisioner, answer.Answer))], new HashSet<string>(), [], Now);
}
