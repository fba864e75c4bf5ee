using System.Text;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.OperatingSystems.CurrentImages;

namespace Provisioning.OperatingSystems.Tests.CurrentImages;

public sealed class CurrentImageRulesTests
{
    [Fact]
    public void A_whole_file_names_its_image()
    {
        var facts = Read("web\nimagerevision_id=web@2\nprovisioning_operation_id=load-7\nvcld_post_load=success (2024-01-01 00:00:00)\n");

        Assert.Equal(("web", "web@2", "load-7"), (facts.Image.Name, facts.Image.RevisionId, facts.Image.OperationId));
        Assert.True(facts.Configured.IsYes);
        Assert.True(facts.Tainted.IsNo);
    }

    [Theory]
    [InlineData("web\nid=1\n")]
    [InlineData("web\nimagerevision_id=\n")]
    [InlineData("web\nimagerevision_id\n")]
    public void A_whole_file_without_a_revision_is_certainly_no_image(string text)
    {
        var facts = Read(text);

        Assert.Equal((FactValue.No, Reasons.CurrentImageMissing), (facts.Image.Found, facts.Image.Reason));
    }

    [Theory]
    [InlineData("web\nimagerevision_id=web@1")]
    [InlineData("web\nid=1")]
    [InlineData("web")]
    [InlineData("web\nimagerevision_id=web@1\nimagerevision_id=web@2\n")]
    [InlineData("web\nimagerevision_id=1\nprovisioning_operation_id=a\nprovisioning_operation_id=b\n")]
    [InlineData("web\nimagerevision_id=a\0b\n")]
    [InlineData("we\u202eb\nimagerevision_id=1\n")]
    public void A_file_that_is_damaged_or_contradicts_itself_says_nothing(string text)
    {
        var facts = Read(text);

        Assert.Equal((FactValue.Unknown, Reasons.CurrentImageUnreadable), (facts.Image.Found, facts.Image.Reason));
        Assert.True(facts.Configured.IsUnknown);
        Assert.True(facts.Tainted.IsUnknown);
        Assert.DoesNotContain(facts.Image.Detail!, char.IsControl);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("\r\n\t \r\n")]
    public void A_file_that_is_empty_is_not_a_missing_one_and_says_nothing(string text)
    {
        var facts = Read(text);

        Assert.Equal((FactValue.Unknown, Reasons.CurrentImageUnreadable), (facts.Image.Found, facts.Image.Reason));
        Assert.StartsWith("currentimage.txt exists and is empty", facts.Image.Detail, StringComparison.Ordinal);
        Assert.True(facts.Configured.IsUnknown);
        Assert.True(facts.Tainted.IsUnknown);
    }

    [Fact]
    public void A_missing_line_end_after_the_revision_does_no_harm() =>
        Assert.Equal("web@1", Read("web\nimagerevision_id=web@1\nvcld_tainted=user may have logged in").Image.RevisionId);

    [Fact]
    public void A_taint_is_seen_whatever_its_value() => Assert.True(Read("web\nimagerevision_id=1\nvcld_tainted=\n").Tainted.IsYes);

    [Fact]
    public void Names_that_are_too_long_say_nothing() => Assert.True(Read($"{new string('a', 254)}\nimagerevision_id=1\n").Image.Found == FactValue.Unknown);

    private static CurrentImageFacts Read(string text) => CurrentImageRules.Read(Encoding.UTF8.GetBytes(text));
}
