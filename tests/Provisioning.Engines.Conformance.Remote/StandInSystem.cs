using Provisioning.Api;
using Provisioning.Api.Machines;

namespace Provisioning.Engines.Conformance.Remote;

/// <summary>What lies on one disk.</summary>
internal sealed class StandInSystem(string ownKey, string firstKey)
{
    /// <summary>The key that it makes for itself.</summary>
    public string OwnKey => ownKey;

    /// <summary>The key that it shows now: at first the image's.</summary>
    public string ShownKey { get; private set; } = firstKey;

    public bool Configured { get; private set; }

    public CurrentImageReading CurrentImage { get; private set; } = CurrentImageReading.None(Reasons.CurrentImageMissing);

    /// <summary>As pre-capture leaves it.</summary>
    public void Prepare(string imageName, string revisionId) => (Configured, CurrentImage) = (false, CurrentImageReading.Image(imageName, revisionId));

    /// <summary>As post-load leaves it.</summary>
    public void Configure(string imageName, string revisionId, string? operationId) =>
        (ShownKey, Configured, CurrentImage) = (OwnKey, true, CurrentImageReading.Image(imageName, revisionId, operationId));
}
