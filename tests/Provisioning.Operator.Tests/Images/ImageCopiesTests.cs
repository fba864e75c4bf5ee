using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Engines.Targets;
using Provisioning.Operator.Images;

namespace Provisioning.Operator.Tests.Images;

public sealed class ImageCopiesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static ImageAnswer Absent => ImageAnswer.No(Reasons.ImageFileMissing);

    private static ImageAnswer Whole => ImageAnswer.Yes(1, "");

    private static ImageAnswer Copy => Whole with { IsFetched = true };

    [Fact]
    public void What_a_node_needs_and_its_library_lacks_is_fetched_from_one_that_has_it() =>
        Assert.Equal([new("b", "a")], ImageCopies.Missing([At("a", Whole), At("b", Absent), At("c", Absent)], new HashSet<string> { "a", "b" }));

    [Fact]
    public void What_was_placed_is_a_better_source_than_what_was_fetched() =>
        Assert.Equal([new("c", "b")], ImageCopies.Missing([At("a", Copy), At("b", Whole), At("c", Absent)], new HashSet<string> { "c" }));

    [Fact]
    public void Nothing_is_fetched_to_where_it_is_not_known_whether_it_is_there() =>
        Assert.Empty(ImageCopies.Missing([At("a", Whole), At("b", ImageAnswer.Unknown(Reasons.HostUnreachable))], new HashSet<string> { "b" }));

    [Fact]
    public void A_damaged_file_is_not_replaced() =>
        Assert.Empty(ImageCopies.Missing([At("a", Whole), At("b", ImageAnswer.No(Reasons.ImageDigestMismatch))], new HashSet<string> { "b" }));

    [Fact]
    public void Nothing_is_fetched_from_another_kind_of_library() =>
        Assert.Empty(ImageCopies.Missing([At("a", Whole) with { Kind = "XCat" }, At("b", Absent)], new HashSet<string> { "b" }));

    [Fact]
    public void Nothing_is_fetched_from_where_it_may_be_damaged() =>
        Assert.Empty(ImageCopies.Missing([At("a", ImageAnswer.Unknown(Reasons.OperationRunning)), At("b", Absent)], new HashSet<string> { "b" }));

    [Fact]
    public void A_copy_that_was_unused_for_long_enough_is_unneeded() => Assert.Equal("b", Unneeded([At("a", Whole), At("b", Copy)], "b", Now.AddHours(-1)));

    [Fact]
    public void A_copy_that_is_used_is_needed() => Assert.Null(Unneeded([At("a", Whole), At("b", Copy)], "b", null));

    [Fact]
    public void A_copy_that_was_used_a_moment_ago_is_needed() => Assert.Null(Unneeded([At("a", Whole), At("b", Copy)], "b", Now.AddMinutes(-59)));

    [Fact]
    public void The_last_whole_copy_is_needed() => Assert.Null(Unneeded([At("a", Absent), At("b", Copy)], "b", Now.AddDays(-9)));

    [Fact]
    public void A_copy_whose_only_companion_may_be_gone_is_needed() =>
        Assert.Null(Unneeded([At("a", ImageAnswer.Unknown(Reasons.HostUnreachable)), At("b", Copy)], "b", Now.AddDays(-9)));

    [Fact]
    public void Copies_alone_never_make_each_other_unneeded() => Assert.Null(Unneeded([At("a", Copy), At("b", Copy)], "b", Now.AddDays(-9)));

    [Fact]
    public void What_a_person_placed_is_never_unneeded() =>
        Assert.Null(ImageCopies.Unneeded([At("a", Whole), At("b", Whole)], [new() { Provisioner = "b", Origin = ImageOrigin.Placed, UnusedSinceTime = Now.AddDays(-9) }], Now));

    private static string? Unneeded(LibraryAnswer[] answers, string at, DateTimeOffset? since) =>
        ImageCopies.Unneeded(answers, [new() { Provisioner = "a" }, new() { Provisioner = at, Origin = ImageOrigin.Fetched, UnusedSinceTime = since }], Now);

    private static LibraryAnswer At(string provisioner, ImageAnswer answer) => new(provisioner, answer) { Kind = "Libvirt", KeepUnused = TimeSpan.FromHours(1) };
}
