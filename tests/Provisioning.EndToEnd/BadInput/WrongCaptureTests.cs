using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Meta;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.BadInput;

/// <summary>Captures that cannot be.</summary>
/// <param name="bad">The namespace.</param>
public sealed class WrongCaptureTests(SimulatedLab bad) : IClassFixture<SimulatedLab>
{
    [Fact]
    public async Task A_name_that_an_image_has_is_told_and_the_capture_begins_when_it_is_free()
    {
        await bad.Lab.Kubectl.ApplyAsync(BadInputLab.NewNode("source", SimulatedLab.Simulated));
        await bad.Lab.UntilReadyAsync("source");
        await bad.Lab.Kubectl.ApplyAsync(await bad.NewImageAsync("taken", "1M"));
        await bad.Lab.Kubectl.ApplyAsync(NewCapture("of-taken", "source", "taken"));
        await Told.StalledCaptureAsync(bad.Lab, "of-taken", Reasons.ImageNameTaken, "An Image taken exists already", "Delete it", "another imageName");

        await bad.Lab.Kubectl.RunAsync("delete", "pimg", "taken");

        await UntilCapturedAsync("of-taken");
    }

    [Fact]
    public async Task A_node_that_is_missing_is_named_and_captured_when_it_comes()
    {
        await bad.Lab.Kubectl.ApplyAsync(NewCapture("of-nobody", "nobody", "nobodys"));
        await Told.StalledCaptureAsync(bad.Lab, "of-nobody", Reasons.NodeNotFound, "Node nobody does not exist", "Create it");

        await bad.Lab.Kubectl.ApplyAsync(BadInputLab.NewNode("nobody", SimulatedLab.Simulated));

        await UntilCapturedAsync("of-nobody");
    }

    [Fact]
    public async Task A_machine_that_is_missing_is_told_on_its_node()
    {
        await bad.Lab.Kubectl.ApplyAsync(BadInputLab.NewNode("empty", "host", image: null));
        await bad.Lab.Kubectl.ApplyAsync(NewCapture("of-empty", "empty", "empties"));

        await Told.StalledNodeAsync(bad.Lab, "empty", Reasons.MachineMissing, "does not exist", "imageRef");

        Assert.Null(await bad.Lab.Kubectl.ImageAsync("empties"));
    }

    [Fact]
    public async Task A_preparation_without_an_operating_system_fails_the_capture_and_the_machine_runs_on()
    {
        await bad.Lab.Kubectl.ApplyAsync(BadInputLab.NewNode("unprepared", "host"));
        await bad.Lab.UntilReadyAsync("unprepared");
        var machine = await bad.Lab.MachineAsync("unprepared");
        var mark = bad.Host.Commands.Mark();
        var capture = NewCapture("of-unprepared", "unprepared", "unprepareds");
        capture.Spec.Preparation = CapturePreparation.OperatingSystem;
        await bad.Lab.Kubectl.ApplyAsync(capture);

        await Told.StalledCaptureAsync(bad.Lab, "of-unprepared", Reasons.InvalidSpec, "operating system", "Set preparation to None");

        await bad.Lab.UntilReadyAsync("unprepared");
        Assert.Empty(bad.Host.Commands.EffectsSince(mark, machine.Uuid));
        Assert.Null(await bad.Lab.Kubectl.ImageAsync("unprepareds"));
    }

    private static ImageCapture NewCapture(string name, string node, string image) => new()
    {
        Metadata = new() { Name = name },
        Spec = new() { NodeRef = new() { Name = node }, ImageName = image, Preparation = CapturePreparation.None },
    };

    private Task UntilCapturedAsync(string name) => bad.Lab.UntilAsync(
        $"{name} is captured",
        async () => (await bad.Lab.Kubectl.CaptureAsync(name))?.Status?.Conditions.Any(condition => condition is { Type: "Ready", Status: ConditionStatus.True }) == true,
        TimeSpan.FromMinutes(3));
}
