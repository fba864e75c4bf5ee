using Provisioning.Api;
using Provisioning.Api.Images;

namespace Provisioning.Operator.Images;

/// <summary>Which copies of an Image are missing, and which are no longer needed. Pure.</summary>
internal static class ImageCopies
{
    /// <summary>The copies to fetch: where a Node needs the image, its library certainly lacks it, and one of the same kind has it whole.</summary>
    /// <param name="answers">What the libraries said.</param>
    /// <param name="needed">Names of the Provisioners whose Nodes are to be loaded with it.</param>
    public static IReadOnlyList<CopyToFetch> Missing(IReadOnlyList<LibraryAnswer> answers, IReadOnlySet<string> needed) =>
    [
        .. from answer in answers
           where answer is { Kind.Length: > 0, Answer.Exists: { IsNo: true, Reason: Reasons.ImageFileMissing } } && needed.Contains(answer.Provisioner)
           let source = answers.Where(other => other.Kind == answer.Kind && other.Answer.Exists.IsYes).OrderBy(other => other.Answer.IsFetched).FirstOrDefault()
           where source is not null
           select new CopyToFetch(answer.Provisioner, source.Provisioner),
    ];

    /// <summary>
    /// The copy to delete now, if there is one: fetched, not used by any Node for as long as its Provisioner says, and only while a person's or a capture's own file is whole
    /// elsewhere. A second copy is no such reason: two Provisioners with one directory would name the same file twice.
    /// </summary>
    /// <param name="answers">What the libraries said.</param>
    /// <param name="locations">The places as they will be recorded, with the times since when they are unused.</param>
    /// <param name="now">The time.</param>
    public static string? Unneeded(IReadOnlyList<LibraryAnswer> answers, IEnumerable<ImageLocation> locations, DateTimeOffset now) =>
        !answers.Any(answer => answer.Answer is { Exists.IsYes: true, IsFetched: false })
            ? null
            : locations.FirstOrDefault(location =>
                location is { Origin: ImageOrigin.Fetched, UnusedSinceTime: { } since }
                && answers.FirstOrDefault(answer => answer.Provisioner == location.Provisioner) is { Answer: { Exists.IsYes: true, IsFetched: true } } there
                && now - since >= there.KeepUnused)?.Provisioner;
}

/// <summary>A copy that is missing.</summary>
/// <param name="To">Name of the Provisioner that needs it.</param>
/// <param name="From">Name of one that has it whole.</param>
internal sealed record CopyToFetch(string To, string From);
