using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Libvirt.Tests.Operations;

public sealed class ImageTests : EngineTestBase
{
    [Fact]
    public async Task An_image_in_use_is_not_deleted()
    {
        var image = await _host.MakeImageAsync("tiny");
        await LoadAsync(image);

        var refused = await _engine.DeleteImageAsync(image, Token);
        await _driver.SucceedAsync(_driver.Begin(OperationKind.Unload), _engine.UnloadAsync);
        var deleted = await _engine.DeleteImageAsync(image, Token);
        var again = await _engine.DeleteImageAsync(image, Token);

        Assert.Equal((OperationPhase.Failed, OperationPhase.Succeeded, OperationPhase.Succeeded), (refused.Phase, deleted.Phase, again.Phase));
        Assert.Equal((Reasons.ImageInUse, FailureKind.Retry), (refused.Reason, refused.FailureKind));
        Assert.Contains("disk-load-1.qcow2", refused.Message);
        Assert.False((await _engine.GetImageAsync(image, verify: false, Token)).Exists.IsYes);
    }

    [Fact]
    public async Task A_file_that_is_not_the_image_is_not_deleted()
    {
        var image = await _host.MakeImageAsync("tiny");
        var path = Path.Combine(_host.Spec.ImageDirectory, image.FileName);
        await File.WriteAllTextAsync(path, "somebody's own", Token);

        var outcome = await _engine.DeleteImageAsync(image, Token);

        Assert.Equal(FailureKind.NeedsPerson, outcome.FailureKind);
        Assert.True(File.Exists(path));
    }
}
