using System.Globalization;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Validation;
using Provisioning.Core.Status;

namespace Provisioning.Operator.Images;

/// <summary>The status of an Image, from what the libraries answered. Pure.</summary>
internal static class ImageStatuses
{
    private const int MostLocations = 256;

    // A deletion has a quarter of an hour.
    private static readonly TimeSpan LongestWaitForDeletion = TimeSpan.FromMinutes(1);

    /// <summary>The status after a look.</summary>
    /// <param name="image">The Image.</param>
    /// <param name="answers">What the libraries said.</param>
    /// <param name="users">Provisioners with Nodes that use it.</param>
    /// <param name="fetches">Copies under way.</param>
    /// <param name="now">The time.</param>
    /// <param name="random">What waits vary by.</param>
    /// <param name="missing">Provisioners that are gone, perhaps, and of which it was not told yet that the file stays there.</param>
    public static ImageStatus Compose(
        Image image, IReadOnlyList<LibraryAnswer> answers, IReadOnlySet<string> users, IList<ImageFetch> fetches, DateTimeOffset now, double random = 0, IReadOnlySet<string>? missing = null)
    {
        var there = answers.Where(answer => answer.Answer.Exists.IsYes).ToList();
        var size = there.Count > 0 ? there[0].Answer.SizeBytes : image.Status?.SizeBytes;
        var conditions = Conditions(image, answers, there, now);
        return new()
        {
            ObservedGeneration = image.Metadata.Generation ?? 0,
            Conditions = conditions,
            Retry = IsLookedAtAgain(conditions) ? Attempts.Next(LastOf(image, conditions), now, random) : null,
            Identity = image.Status?.Identity ?? new() { Revision = image.Spec.Revision, Digest = image.Spec.Digest, Format = image.Spec.Format, FileName = image.Spec.FileName },
            SizeBytes = size,
            Size = size is { } bytes ? ForPeople(bytes) : null,
            Locations = [.. answers.Select(answer => Location(image, answer, users, now)).OfType<ImageLocation>().Concat(Known(image, answers, missing)).Take(MostLocations)],
            Fetches = [.. fetches.Take(MostLocations)],
        };
    }

    /// <summary>The status of a deleted Image that cannot be let go yet.</summary>
    public static ImageStatus Deleting(Image image, string reason, string message, DateTimeOffset now, double random = 0)
    {
        var set = NewSet(image, now).Set(ConditionTypes.Ready, ConditionStatus.False, reason, message).Set(ConditionTypes.Reconciling, ConditionStatus.True, reason, message);
        return (image.Status ?? new()) with
        {
            ObservedGeneration = image.Metadata.Generation ?? 0,
            Conditions = set.Conditions,
            Retry = Attempts.Next(LastOf(image, set.Conditions), now, random, LongestWaitForDeletion),
        };
    }

    /// <summary>A size with a binary unit, as Kubernetes writes quantities: 1.4Gi.</summary>
    public static string ForPeople(long bytes)
    {
        string[] units = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];
        double value = bytes;
        var unit = 0;
        for (; value >= 1024 && unit < units.Length - 1; unit++)
            value /= 1024;
        return value.ToString(value >= 100 || unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + units[unit];
    }

    /// <summary>A spec that is wrong is not looked for, and a comparison under way is no failure.</summary>
    private static bool IsLookedAtAgain(IList<Condition> conditions) =>
        Ready(conditions) is { Status: not ConditionStatus.True, Reason: not (Reasons.InvalidSpec or Reasons.OperationRunning) } || conditions.Any(condition => condition is { Type: ConditionTypes.Stalled, Reason: not Reasons.InvalidSpec });

    /// <summary>The attempts before, if they came to the same end with the same spec.</summary>
    private static AttemptStatus? LastOf(Image image, IList<Condition> conditions) =>
        image.Status is { } status && status.ObservedGeneration == (image.Metadata.Generation ?? 0) && Ready(status.Conditions)?.Reason == Ready(conditions)?.Reason ? status.Retry : null;

    private static Condition? Ready(IList<Condition> conditions) => conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready);

    /// <summary>A place that gives no answer is where the file was, as far as anybody knows: an operator that begins anew has no other memory of it.</summary>
    private static ImageLocation? Location(Image image, LibraryAnswer answer, IReadOnlySet<string> users, DateTimeOffset now)
    {
        var before = image.Status?.Locations.FirstOrDefault(location => location.Provisioner == answer.Provisioner);
        if (!answer.Answer.Exists.IsYes)
            return answer.Answer.Exists.IsUnknown ? before : null;
        return new()
        {
            Provisioner = answer.Provisioner,
            Path = BoundedText.Cut(answer.Answer.Path, 1024),
            SizeBytes = answer.Answer.SizeBytes,
            Origin = answer.Answer.IsFetched ? ImageOrigin.Fetched : ImageOrigin.Placed,
            UnusedSinceTime = answer.Answer.IsFetched && !users.Contains(answer.Provisioner) ? before?.UnusedSinceTime ?? now : null,
        };
    }

    /// <summary>A Provisioner may go right after its answer, which is newer then, and the API server takes no place twice.</summary>
    private static IEnumerable<ImageLocation> Known(Image image, IReadOnlyList<LibraryAnswer> answers, IReadOnlySet<string>? provisioners) =>
        image.Status?.Locations.Where(location => provisioners?.Contains(location.Provisioner) == true && answers.All(answer => answer.Provisioner != location.Provisioner)) ?? [];

    private static IList<Condition> Conditions(Image image, IReadOnlyList<LibraryAnswer> answers, List<LibraryAnswer> there, DateTimeOffset now)
    {
        var set = NewSet(image, now);
        if (SpecValidator.Validate(image) is [var problem, ..])
            return set.Set(ConditionTypes.Ready, ConditionStatus.False, Reasons.InvalidSpec, problem).Set(ConditionTypes.Stalled, ConditionStatus.True, Reasons.InvalidSpec, problem).Conditions;

        // A copy that is damaged is told even if another one is whole: somebody changed what must not change.
        var damaged = answers.FirstOrDefault(answer => answer.Answer.Exists is { IsNo: true, Reason: not Reasons.ImageFileMissing });
        if (damaged is not null)
        {
            var message = $"At the Provisioner {damaged.Provisioner}: {damaged.Answer.Exists.Detail}";
            return set.Set(ConditionTypes.Ready, ConditionStatus.False, damaged.Answer.Exists.Reason!, message)
                .Set(ConditionTypes.Stalled, ConditionStatus.True, damaged.Answer.Exists.Reason!, message).Conditions;
        }

        if (there.Count > 0)
            return set.Set(ConditionTypes.Ready, ConditionStatus.True, Reasons.ImageAvailable, $"The file is whole at the Provisioner {string.Join(", ", there.Select(answer => answer.Provisioner))}.").Conditions;
        if (answers.FirstOrDefault(answer => answer.Answer.Exists.IsUnknown) is { } unknown)
        {
            // While a digest is computed, what the engine says of its progress would cost a write with every look.
            var detail = unknown.Answer.Exists.Reason == Reasons.OperationRunning ? "The digest of the file is being compared." : unknown.Answer.Exists.Detail;
            var message = $"At the Provisioner {unknown.Provisioner}: {detail ?? "whether the file is there could not be told; it is looked at again."}";
            return set.Set(ConditionTypes.Ready, ConditionStatus.Unknown, unknown.Answer.Exists.Reason!, message)
                .Set(ConditionTypes.Reconciling, ConditionStatus.True, unknown.Answer.Exists.Reason!, message).Conditions;
        }

        var missing = answers.Count == 0
            ? "No Provisioner with an image library exists in this namespace. Create one."
            : $"The file {image.Spec.FileName} is at none of the Provisioners {string.Join(", ", answers.Select(answer => answer.Provisioner))}. Copy it into their image directory.";
        return set.Set(ConditionTypes.Ready, ConditionStatus.False, Reasons.ImageFileMissing, missing)
            .Set(ConditionTypes.Stalled, ConditionStatus.True, Reasons.ImageFileMissing, missing).Conditions;
    }

    private static ConditionSet NewSet(Image image, DateTimeOffset now) => new(image.Status?.Conditions ?? [], image.Metadata.Generation ?? 0, now);
}
