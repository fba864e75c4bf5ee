using Microsoft.Extensions.Time.Testing;
using Provisioning.Kubernetes;
using Provisioning.Operator.Images;
using Provisioning.Operator.Nodes;

namespace Provisioning.Operator.Tests.Images;

public sealed class UnansweredDeletionsTests
{
    private static readonly NamespacedName Image = new("lab", "debian");

    private readonly FakeTimeProvider _time = new();
    private readonly UnansweredDeletions _deletions;

    public UnansweredDeletionsTests() => _deletions = new(_time);

    [Fact]
    public void Nothing_is_waited_for_where_every_command_was_answered()
    {
        _deletions.Begin(Image);
        _deletions.GoOn(Image);
        Assert.Equal(TimeSpan.Zero, _deletions.Left(Image));
    }

    [Fact]
    public void A_command_without_an_answer_is_waited_for_and_the_last_one_counts()
    {
        _deletions.Begin(Image);
        _deletions.Add(Image);
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(TimeSpan.FromMinutes(2), _deletions.Left(Image));
        _deletions.Add(Image);
        Assert.Equal(RecordedVersion.Patience, _deletions.Left(Image));
        _time.Advance(RecordedVersion.Patience);
        Assert.Equal(TimeSpan.Zero, _deletions.Left(Image));
    }

    /// <summary>The process that began it may have been killed with a command on its way.</summary>
    [Fact]
    public void A_deletion_that_another_process_began_is_waited_for_from_when_it_is_found()
    {
        _deletions.GoOn(Image);
        _time.Advance(TimeSpan.FromMinutes(1));
        _deletions.GoOn(Image);
        Assert.Equal(RecordedVersion.Patience - TimeSpan.FromMinutes(1), _deletions.Left(Image));
    }

    [Fact]
    public void An_image_that_is_made_again_begins_anew()
    {
        _deletions.Add(Image);
        _deletions.Forget(Image);
        Assert.Equal(TimeSpan.Zero, _deletions.Left(Image));
    }
}
