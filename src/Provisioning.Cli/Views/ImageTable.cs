using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Cli.Output;
using Provisioning.Core.Status;
using Spectre.Console;

namespace Provisioning.Cli.Views;

/// <summary>The table of Images, with what runs them.</summary>
internal static class ImageTable
{
    /// <summary>The table.</summary>
    public static Table Render(IEnumerable<Image> images, IReadOnlyCollection<Node> nodes, DateTimeOffset now, bool withNamespace, bool isWide)
    {
        var table = Tables.New([
            .. withNamespace ? ["NAMESPACE"] : Array.Empty<string>(),
            "NAME", "REVISION", "OS", "FORMAT", "SIZE", "READY", "REASON", "WANTED BY", "RUNS ON", "AT", "AGE",
            .. isWide ? ["DIGEST", "NEXT LOOK", "MESSAGE"] : Array.Empty<string>(),
        ]);
        foreach (var image in images.OrderBy(image => image.Metadata.Namespace, StringComparer.Ordinal).ThenBy(image => image.Metadata.Name, StringComparer.Ordinal))
        {
            var ready = image.Status?.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready);
            var style = Tones.Of(image.Status?.Conditions ?? []).Style();
            var near = nodes.Where(node => node.Metadata.Namespace == image.Metadata.Namespace).ToList();
            table.Add([
                .. withNamespace ? [image.Metadata.Namespace] : Array.Empty<Cell>(),
                image.Metadata.Name,
                image.Spec.Revision,
                image.Spec.OperatingSystem.ToString(),
                image.Spec.Format.ToString(),
                image.Status?.Size ?? "-",
                new(ready?.Status.ToString() ?? "Unknown", style),
                new(ready?.Reason ?? "NotSeenYet", style),
                Count(near.Count(node => node.Spec.ImageRef?.Name == image.Metadata.Name)),
                Count(near.Count(node => node.Status?.CurrentImage == image.Metadata.Name)),
                Places(image),
                image.Metadata.CreationTimestamp is { } created ? Durations.Short(now - created) : "-",
                .. isWide ? [image.Spec.Digest, NextLook(image, now), ready?.Message ?? ""] : Array.Empty<Cell>(),
            ]);
        }

        return table;
    }

    private static string NextLook(Image image, DateTimeOffset now) => image.Status?.Retry is { } retry ? $"{Durations.FromNow(retry.NextTime, now)}, after {retry.Attempt}" : "-";

    private static string Count(int nodes) => nodes == 1 ? "1 Node" : $"{nodes} Nodes";

    private static string Places(Image image)
    {
        var there = image.Status?.Locations.Select(location => location.Provisioner) ?? [];
        var coming = image.Status?.Fetches.Select(fetch => $"{fetch.Provisioner} ({fetch.ProgressPercent ?? 0}%)") ?? [];
        return string.Join(",", there.Concat(coming)) is { Length: > 0 } places ? places : "-";
    }
}
