using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Core.Decisions;
using Provisioning.Engines;
using Provisioning.Engines.Targets;
using Provisioning.Operator.Images;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Images;

public sealed class ImageWaitsTests
{
    [Fact]
    public void Nothing_holds_up_the_load_of_an_image_that_is_there() => Assert.Null(Wait(new() { Locations = [new() { Provisioner = "room" }] }));

    [Fact]
    public void A_load_waits_until_it_is_known_where_the_image_is() => Assert.Equal((Reasons.ImageFetching, false), Said(Wait(null)));

    [Fact]
    public void A_load_waits_while_the_only_file_is_compared_with_its_digest() => Assert.Equal(
        (Reasons.ImageFetching, false),
        Said(Wait(new() { Conditions = [new Condition { Type = "Ready", Status = ConditionStatus.Unknown, Reason = Reasons.OperationRunning }] })));

    [Fact]
    public void A_load_waits_for_its_copy() => Assert.Equal((Reasons.ImageFetching, false), Said(Wait(Elsewhere(Reasons.ImageFetching))));

    [Fact]
    public void A_copy_that_a_person_must_make_possible_stalls() => Assert.Equal((Reasons.DiskFull, true), Said(Wait(Elsewhere(Reasons.DiskFull))));

    [Fact]
    public void A_copy_from_a_host_out_of_reach_goes_on_by_itself() => Assert.Equal((Reasons.HostUnreachable, false), Said(Wait(Elsewhere(Reasons.HostUnreachable))));

    [Fact]
    public void Nobody_waits_for_an_image_that_only_another_kind_of_library_has() =>
        Assert.Null(Wait(new() { Locations = [new() { Provisioner = "other" }] }, isOfSameKind: false));

    [Fact]
    public void Nobody_waits_for_an_image_of_which_no_place_answers() => Assert.Null(Wait(new()
    {
        Locations = [new() { Provisioner = "other" }],
        Conditions = [new Condition { Type = "Ready", Status = ConditionStatus.Unknown, Reason = Reasons.HostUnreachable }],
    }));

    [Fact]
    public void Nobody_waits_where_images_cannot_be_fetched() => Assert.Null(Wait(null, EngineCapabilities.Images));

    private static ImageStatus Elsewhere(string reason) => new()
    {
        Locations = [new() { Provisioner = "other" }],
        Fetches = [new() { Provisioner = "room", Source = "other", Reason = reason, Message = "so it is." }],
    };

    private static Obstacle? Wait(ImageStatus? status, EngineCapabilities capabilities = EngineCapabilities.RetrieveImage, bool isOfSameKind = true)
    {
        var image = Samples.Image();
        image.Status = status;
        return ImageWaits.For(image, "room", new Engine(capabilities), _ => isOfSameKind);
    }

    private static (string, bool) Said(Obstacle? obstacle) => (obstacle!.Reason, obstacle.NeedsPerson);

    private sealed class Engine(EngineCapabilities capabilities) : IProvisioningEngine
    {
        public EngineCapabilities Capabilities => capabilities;

        public Task<EngineReport> ProbeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
