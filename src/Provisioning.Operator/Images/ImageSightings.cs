using System.Collections.Concurrent;
using Provisioning.Api.Images;
using Provisioning.Kubernetes;

namespace Provisioning.Operator.Images;

/// <summary>
/// Where files of images were seen last. When a Provisioner is deleted, its Images are looked at again at once and do not name it any more, perhaps before somebody reads in their status what stays there; a status
/// that was just written may also not have come back yet.
/// </summary>
internal sealed class ImageSightings
{
    private readonly ConcurrentDictionary<(NamespacedName Provisioner, NamespacedName Image), string> _files = new();

    /// <summary>What a Provisioner said of an Image. No answer leaves what was seen before.</summary>
    public void Note(Image image, LibraryAnswer answer)
    {
        var place = (new NamespacedName(image.Metadata.Namespace ?? "", answer.Provisioner), NamespacedName.Of(image));
        if (answer.Answer.Exists.IsYes)
            _files[place] = image.Spec.FileName;
        else if (answer.Answer.Exists.IsNo)
            _files.TryRemove(place, out _);
    }

    /// <summary>Names of the files that were seen at a Provisioner that is gone; they are forgotten.</summary>
    public IReadOnlyList<string> Take(NamespacedName provisioner) =>
        [.. _files.Keys.Where(place => place.Provisioner == provisioner).Select(place => _files.TryRemove(place, out var file) ? file : null).OfType<string>()];

    /// <summary>The Image is gone.</summary>
    public void Forget(NamespacedName image)
    {
        foreach (var place in _files.Keys.Where(place => place.Image == image))
            _files.TryRemove(place, out _);
    }
}
