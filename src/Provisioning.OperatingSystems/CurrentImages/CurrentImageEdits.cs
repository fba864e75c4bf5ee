using System.Globalization;

namespace Provisioning.OperatingSystems.CurrentImages;

/// <summary>What the file is to become. Each edit, made again, changes nothing.</summary>
internal static class CurrentImageEdits
{
    /// <summary>The file of a machine that is to be captured: whole and new, so that no mark of this machine's life gets into the image.</summary>
    public static CurrentImageFile NameCapture(CaptureIdentity identity) => Whole(
        identity.ImageName, identity.RevisionId, Format(identity.Time), identity.NodeNamespace, identity.NodeName, identity.NodeName);

    /// <summary>
    /// The file of a machine that was loaded. One that names this image keeps its lines; marks that an earlier life of the disk left go. Every other is replaced.
    /// </summary>
    public static CurrentImageFile NameLoaded(CurrentImageFile? existing, LoadIdentity identity)
    {
        var hostname = identity.Hostname.Length > 0 ? identity.Hostname : identity.NodeName;
        var named = existing is not null && existing.Name == identity.ImageName && existing.Values(CurrentImageKeys.RevisionId).Distinct().SequenceEqual([identity.RevisionId]);
        var file = named
            ? existing!
            : Whole(identity.ImageName, identity.RevisionId, "", identity.NodeNamespace, identity.NodeName, hostname);
        if (identity.LoadOperationId.Length == 0)
            return file;

        if (!file.Values(CurrentImageKeys.OperationId).SequenceEqual([identity.LoadOperationId]))
            file = file.Without(CurrentImageKeys.PostLoad).Without(CurrentImageKeys.Tainted).With(CurrentImageKeys.OperationId, identity.LoadOperationId);
        if (identity.Digest.Length > 0 && !file.Values(CurrentImageKeys.Digest).SequenceEqual([identity.Digest]))
            file = file.With(CurrentImageKeys.Digest, identity.Digest);
        return file;
    }

    /// <summary>Adds the mark that post-load is done. The first one stays.</summary>
    public static CurrentImageFile MarkConfigured(CurrentImageFile existing, DateTimeOffset time) =>
        existing.Has(CurrentImageKeys.PostLoad) ? existing : existing.With(CurrentImageKeys.PostLoad, $"success ({Format(time)})");

    private static CurrentImageFile Whole(string name, string revisionId, string created, string @namespace, string node, string hostname) => new(
    [
        name,
        $"{CurrentImageKeys.Id}={name}",
        $"{CurrentImageKeys.PrettyName}={name}",
        $"{CurrentImageKeys.RevisionId}={revisionId}",
        $"{CurrentImageKeys.DateCreated}={created}",
        $"{CurrentImageKeys.ComputerId}={@namespace}/{node}",
        $"{CurrentImageKeys.ComputerHostname}={hostname}",
    ]);

    private static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
