using System.Text;
using Provisioning.OperatingSystems.CurrentImages;

namespace Provisioning.OperatingSystems.Tests.CurrentImages;

public sealed class CurrentImageEditsTests
{
    [Fact]
    public void A_capture_gets_the_seven_lines_of_VCL_and_no_mark() => Assert.Equal(
        ["golden", "id=golden", "prettyname=golden", "imagerevision_id=golden@3", "imagerevision_datecreated=2024-05-06 07:08:09", "computer_id=labs/node-1", "computer_hostname=node-1"],
        CurrentImageEdits.NameCapture(Identities.Capture).Lines);

    [Fact]
    public void A_file_of_another_image_is_replaced_whole()
    {
        var file = CurrentImageEdits.NameLoaded(Parse("other\nimagerevision_id=1\nvcld_post_load=success (x)\nvcld_tainted=y\n"), Identities.Load);

        Assert.Equal("golden", file.Name);
        Assert.Equal(["golden@3"], file.Values(CurrentImageKeys.RevisionId));
        Assert.Equal(["load-1"], file.Values(CurrentImageKeys.OperationId));
        Assert.False(file.Has(CurrentImageKeys.PostLoad) || file.Has(CurrentImageKeys.Tainted));
    }

    [Fact]
    public void The_marks_of_an_earlier_life_go_and_other_lines_stay()
    {
        var file = CurrentImageEdits.NameLoaded(Parse("golden\nimagerevision_id=golden@3\nprovisioning_operation_id=old\nvcld_tainted=y\nvcld_post_load=s\naddomain_id=3\n"), Identities.Load);

        Assert.Equal(["golden", "imagerevision_id=golden@3", "addomain_id=3", "provisioning_operation_id=load-1", $"provisioning_digest={Identities.Load.Digest}"], file.Lines);
    }

    [Fact]
    public void A_taint_since_the_load_stays()
    {
        var first = CurrentImageEdits.NameLoaded(null, Identities.Load).With(CurrentImageKeys.Tainted, "user may have logged in");

        Assert.Equal(first.Lines, CurrentImageEdits.NameLoaded(first, Identities.Load).Lines);
    }

    [Fact]
    public void The_mark_is_set_once()
    {
        var once = CurrentImageEdits.MarkConfigured(CurrentImageEdits.NameLoaded(null, Identities.Load), Identities.Load.Time);

        Assert.Equal("vcld_post_load=success (2024-05-06 07:08:09)", once.Lines[^1]);
        Assert.Same(once, CurrentImageEdits.MarkConfigured(once, Identities.Load.Time.AddDays(1)));
    }

    private static CurrentImageFile Parse(string text) => CurrentImageFile.Parse(Encoding.UTF8.GetBytes(text), out _)!;
}
