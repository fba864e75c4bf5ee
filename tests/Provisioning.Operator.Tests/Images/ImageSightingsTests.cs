using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Engines.Targets;
using Provisioning.Kubernetes;
using Provisioning.Operator.Images;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Images;

public sealed class ImageSightingsTests
{
    private static readonly NamespacedName Room = new(Samples.Namespace, "room");

    private readonly ImageSightings _sightings = new();
    private readonly Image _image = Samples.Image("golden");

    [Fact]
    public void A_file_that_was_seen_is_told_once()
    {
        Note(ImageAnswer.Yes(1, "/images/golden.qcow2"));
        Assert.Empty(_sightings.Take(Room with { Name = "other" }));
        Assert.Equal([_image.Spec.FileName], _sightings.Take(Room));
        Assert.Empty(_sightings.Take(Room));
    }

    [Fact]
    public void No_answer_leaves_what_was_seen_before()
    {
        Note(ImageAnswer.Yes(1, "/images/golden.qcow2"));
        Note(ImageAnswer.Unknown(Reasons.HostUnreachable));
        Assert.NotEmpty(_sightings.Take(Room));
    }

    [Fact]
    public void A_file_that_is_not_there_any_more_is_not_told()
    {
        Note(ImageAnswer.Yes(1, "/images/golden.qcow2"));
        Note(ImageAnswer.No(Reasons.ImageFileMissing));
        Assert.Empty(_sightings.Take(Room));
    }

    [Fact]
    public void The_file_of_an_image_that_is_gone_is_not_told()
    {
        Note(ImageAnswer.Yes(1, "/images/golden.qcow2"));
        _sightings.Forget(NamespacedName.Of(_image));
        Assert.Empty(_sightings.Take(Room));
    }

    private void Note(ImageAnswer answer) => _sightings.Note(_image, new(Room.Name, answer));
}
