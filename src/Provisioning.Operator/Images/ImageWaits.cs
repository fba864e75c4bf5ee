using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Engines;

namespace Provisioning.Operator.Images;

/// <summary>Why a Node waits with the load of an image that others have. Pure.</summary>
internal static class ImageWaits
{
    /// <summary>What is in the way of loading the image at a Provisioner; null if it is there, or if nobody could fetch it: then the load itself tells what is wrong.</summary>
    /// <param name="image">The image.</param>
    /// <param name="provisioner">Name of the Provisioner.</param>
    /// <param name="engine">Its engine.</param>
    /// <param name="isOfSameKind">Whether another Provisioner has a library of the same kind.</param>
    public static Obstacle? For(Image? image, string provisioner, IProvisioningEngine? engine, Func<string, bool> isOfSameKind)
    {
        if (image is null || engine?.Capabilities.HasFlag(EngineCapabilities.RetrieveImage) != true)
            return null;
        if (image.Status is not { } status)
            return new(Reasons.ImageFetching, $"The Image {image.Metadata.Name} is new; where it is, is being looked at.", NeedsPerson: false);
        var ready = status.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready);
        if (ready?.Reason == Reasons.OperationRunning)
            return new(Reasons.ImageFetching, $"A file of the Image {image.Metadata.Name} is being compared with its digest; after that it is fetched, if it is missing at the Provisioner {provisioner}.", NeedsPerson: false);
        if (status.Fetches.FirstOrDefault(fetch => fetch.Provisioner == provisioner) is { } fetch)
        {
            return fetch.Reason == Reasons.ImageFetching
                ? new(Reasons.ImageFetching, $"The Image {image.Metadata.Name} is being fetched from the Provisioner {fetch.Source}; its status shows how far that is.", NeedsPerson: false)
                : new(fetch.Reason, $"The Image {image.Metadata.Name} cannot be fetched from the Provisioner {fetch.Source}: {fetch.Message}", NeedsPerson: fetch.Reason != Reasons.HostUnreachable);
        }

        // No place that has it answers.
        if (ready?.Status == ConditionStatus.Unknown)
            return null;

        // The image's own controller was told of this Node, and looks once more before it fetches.
        return status.Locations.All(location => location.Provisioner != provisioner) && status.Locations.Any(location => isOfSameKind(location.Provisioner))
            ? new(Reasons.ImageFetching, $"The Image {image.Metadata.Name} was not seen at the Provisioner {provisioner}; it is looked for there, and fetched if it is missing.", NeedsPerson: false)
            : null;
    }
}
