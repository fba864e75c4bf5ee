using Microsoft.Extensions.Time.Testing;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Kubernetes;
using Provisioning.Operator.Images;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Images;

public sealed class UnansweredPublicationsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryCache<ImageCapture> _captures = new();
    private readonly UnansweredPublications _publications;
    private readonly Image _image = Samples.Image("golden");

    public UnansweredPublicationsTests()
    {
        _publications = new(_captures, _time);
        _image.Metadata.Annotations = new Dictionary<string, string> { [ApiGroup.CapturedBy] = "take" };
    }

    [Fact]
    public void An_image_of_a_capture_that_began_under_this_operator_is_waited_for_only_after_a_request_without_an_answer()
    {
        _publications.Work();
        _time.Advance(TimeSpan.FromSeconds(1));
        Capture();
        Assert.Equal(TimeSpan.Zero, _publications.Left(_image));

        _publications.Add(NamespacedName.Of(_image));
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(TimeSpan.FromMinutes(2), _publications.Left(_image));
        _publications.Add(NamespacedName.Of(_image));
        Assert.Equal(RecordedVersion.Patience, _publications.Left(_image));
        _time.Advance(RecordedVersion.Patience);
        Assert.Equal(TimeSpan.Zero, _publications.Left(_image));
    }

    /// <summary>The former operator may have been killed with a request on its way, and nobody knows when the capture was that is gone.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_image_that_a_former_operator_may_have_published_is_waited_for_from_when_this_one_works(bool isCaptureThere)
    {
        if (isCaptureThere)
            Capture();
        _publications.Work();
        _time.Advance(TimeSpan.FromMinutes(1));
        _publications.Work();
        Assert.Equal(RecordedVersion.Patience - TimeSpan.FromMinutes(1), _publications.Left(_image));
        _time.Advance(RecordedVersion.Patience);
        Assert.Equal(TimeSpan.Zero, _publications.Left(_image));
    }

    [Fact]
    public void An_image_that_no_capture_made_is_waited_for_only_if_a_capture_tried_its_name()
    {
        _image.Metadata.Annotations = null;
        _publications.Work();
        Assert.Equal(TimeSpan.Zero, _publications.Left(_image));
        _publications.Add(NamespacedName.Of(_image));
        Assert.Equal(RecordedVersion.Patience, _publications.Left(_image));
    }

    private void Capture()
    {
        var capture = Samples.Capture();
        capture.Status = new() { StartedTime = _time.GetUtcNow() };
        _captures.Objects.Add(capture);
    }
}
