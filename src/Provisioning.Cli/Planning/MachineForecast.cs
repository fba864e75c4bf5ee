using System.Text.Json.Serialization;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Core.Decisions;

namespace Provisioning.Cli.Planning;

/// <summary>All that the forecast for one machine depends on.</summary>
internal sealed record MachineQuestion
{
    /// <summary>The Node as it is; null if it would be made.</summary>
    public Node? Before { get; init; }

    /// <summary>The Node as it would be.</summary>
    public required Node After { get; init; }

    /// <summary>What is around the Node now, and what would be.</summary>
    public required Surroundings Now { get; init; }

    /// <summary>What would be around the Node.</summary>
    public required Surroundings Then { get; init; }

    /// <summary>The time.</summary>
    public required DateTimeOffset Time { get; init; }
}

/// <summary>The objects that a Node refers to, as far as they exist, and the capture that waits for it.</summary>
/// <param name="Image">The Image that the Node names.</param>
/// <param name="Provisioner">The Provisioner that the Node names.</param>
/// <param name="Capture">The capture that waits.</param>
internal sealed record Surroundings(Image? Image, Provisioner? Provisioner, CaptureRequest? Capture);

/// <summary>What would become of one machine.</summary>
/// <param name="Namespace">Namespace of the Node.</param>
/// <param name="Node">Name of the Node.</param>
/// <param name="Apply">What the file does to the Node itself: created, configured or unchanged.</param>
/// <param name="Action">What would be done with the machine, for people.</param>
/// <param name="Effect">How grave that is.</param>
/// <param name="Why">Why.</param>
/// <param name="Plan">Id of the plan, for what would wait for an approval.</param>
internal sealed record MachineForecast(string Namespace, string Node, string Apply, string Action, Effect Effect, string Why, string? Plan = null);

/// <summary>How grave something is for a machine.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Effect>))]
internal enum Effect
{
    /// <summary>Nothing is done to it.</summary>
    None,

    /// <summary>Something is done, and nothing is lost.</summary>
    Change,

    /// <summary>What is on its disk is lost, or may be.</summary>
    Destroys,
}
