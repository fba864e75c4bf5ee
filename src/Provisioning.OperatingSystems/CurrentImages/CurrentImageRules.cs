using Provisioning.Api;
using Provisioning.Api.Machines;

namespace Provisioning.OperatingSystems.CurrentImages;

/// <summary>
/// What a currentimage.txt says. A file that is whole and names no image is a certain "none"; one that is empty, damaged, half written or contradicts itself says
/// nothing, and nothing destructive may follow from it.
/// </summary>
internal static class CurrentImageRules
{
    private const int MaximumName = 253;
    private const int MaximumRevisionId = 320;

    private const string Empty =
        "currentimage.txt exists and is empty, so it does not tell what the machine runs. Write it again, or delete it if the machine has no image; to load the image " +
        "anew, set spec.reloadToken to a new value.";

    /// <summary>The file does not exist.</summary>
    public static CurrentImageFacts Missing { get; } = new(
        CurrentImageReading.None(Reasons.CurrentImageMissing, "currentimage.txt does not exist."), Fact.Not(Reasons.NotConfigured), Fact.No);

    /// <summary>The file could not be read, or no sense could be made of it.</summary>
    public static CurrentImageFacts Unreadable(string why, string reason = Reasons.CurrentImageUnreadable) =>
        Nothing(Text.Clean($"currentimage.txt cannot be read: {why.TrimEnd('.')}.", 300), reason);

    public static CurrentImageFacts Read(ReadOnlySpan<byte> bytes)
    {
        var file = CurrentImageFile.Parse(bytes, out var problem);
        return file is null ? Unreadable(problem!) : Read(file);
    }

    private static CurrentImageFacts Nothing(string detail, string reason)
    {
        var unknown = Fact.Unknown(reason, detail);
        return new(CurrentImageReading.Unknown(reason, detail), unknown, unknown);
    }

    private static CurrentImageFacts Read(CurrentImageFile file)
    {
        // What a full disk or a crash leaves of a file that named an image; nobody writes one on purpose.
        if (file.Lines.All(string.IsNullOrWhiteSpace))
            return Nothing(Empty, Reasons.CurrentImageUnreadable);

        var revisions = file.Values(CurrentImageKeys.RevisionId).Distinct().ToList();
        var operations = file.Values(CurrentImageKeys.OperationId).Distinct().ToList();

        // "name@1" may be the beginning of "name@12", and a file that breaks off before its key may have had one.
        if (file.Unterminated && (revisions.Count == 0 || file.Lines[^1].StartsWith(CurrentImageKeys.RevisionId, StringComparison.Ordinal)))
            return Unreadable("it breaks off in the middle of a line");
        if (revisions.Count > 1 || operations.Count > 1)
            return Unreadable("it names more than one image revision or operation");

        var configured = file.Has(CurrentImageKeys.PostLoad) ? Fact.Yes : Fact.Not(Reasons.NotConfigured);
        var tainted = file.Has(CurrentImageKeys.Tainted) ? new Fact(FactValue.Yes, Reasons.Tainted) : Fact.No;
        if (revisions is not [{ Length: > 0 } revision])
            return new(CurrentImageReading.None(Reasons.CurrentImageMissing, "currentimage.txt names no image revision."), configured, tainted);

        var name = file.Name.Length > 0 ? file.Name : revision;
        if (revision.Length > MaximumRevisionId || name.Length > MaximumName || operations is [{ Length: > 64 }])
            return Unreadable("a name in it is too long");
        if (!Text.IsPlain(name) || !Text.IsPlain(revision) || (operations is [var id] && !Text.IsPlain(id)))
            return Unreadable("a name in it holds characters that cannot be shown");

        return new(CurrentImageReading.Image(name, revision, operations is [{ Length: > 0 } operation] ? operation : null), configured, tainted);
    }
}

/// <summary>The facts that currentimage.txt gives.</summary>
internal sealed record CurrentImageFacts(CurrentImageReading Image, Fact Configured, Fact Tainted);
