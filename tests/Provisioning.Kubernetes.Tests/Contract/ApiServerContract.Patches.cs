using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;
using Provisioning.Kubernetes.Tests.Caching;

namespace Provisioning.Kubernetes.Tests.Contract;

public abstract partial class ApiServerContract
{
    [Fact]
    public async Task A_patch_of_the_object_leaves_the_status_alone()
    {
        await Widgets.CreateAsync(Widget.Named(_name), Stop);
        var patched = await Widgets.PatchAsync(Key, JsonNode.Parse("""{"spec":{"size":7},"status":{"phase":"Smuggled"}}""")!, PatchKind.Merge, null, Stop);
        Assert.Equal((7, null, 2), (patched.Spec!.Size, patched.Status, patched.Metadata.Generation));
    }

    [Fact]
    public async Task A_patch_of_the_status_leaves_the_spec_and_the_generation_alone()
    {
        await Widgets.CreateAsync(Widget.Named(_name), Stop);
        var patched = await Widgets.PatchAsync(Key, JsonNode.Parse("""{"spec":{"size":7},"status":{"phase":"Ready"}}""")!, PatchKind.Merge, "status", Stop);
        Assert.Equal((1, "Ready", 1), (patched.Spec!.Size, patched.Status!.Phase, patched.Metadata.Generation));
    }

    [Fact]
    public async Task A_merge_patch_removes_what_is_null_and_makes_no_version_for_nothing()
    {
        await Widgets.CreateAsync(Widget.Named(_name), Stop);
        await Widgets.PatchAsync(Key, JsonNode.Parse("""{"status":{"phase":"Ready","detail":"x"}}""")!, PatchKind.Merge, "status", Stop);
        var removed = await Widgets.PatchAsync(Key, JsonNode.Parse("""{"status":{"detail":null}}""")!, PatchKind.Merge, "status", Stop);
        Assert.Equal(("Ready", null), (removed.Status!.Phase, removed.Status.Detail));
        var again = await Widgets.PatchAsync(Key, JsonNode.Parse("""{"status":{"phase":"Ready"}}""")!, PatchKind.Merge, "status", Stop);
        Assert.Equal(removed.Metadata.ResourceVersion, again.Metadata.ResourceVersion);
    }

    [Theory]
    [InlineData(PatchKind.Merge, null)]
    [InlineData(PatchKind.Merge, "status")]
    [InlineData(PatchKind.Apply, null)]
    [InlineData(PatchKind.Apply, "status")]
    public async Task A_version_in_a_patch_is_a_precondition(PatchKind kind, string? subresource)
    {
        var old = await Widgets.CreateAsync(Widget.Named(_name), Stop);
        await Widgets.PatchAsync(Key, JsonNode.Parse("""{"spec":{"size":2}}""")!, PatchKind.Merge, null, Stop);
        var patch = Applied($$"""{"metadata":{"resourceVersion":"{{old.Metadata.ResourceVersion}}"},"spec":{"size":3},"status":{"phase":"Late"} }""");
        var refusal = await Assert.ThrowsAsync<KubernetesApiException>(() => Widgets.PatchAsync(Key, patch, kind, subresource, Stop));
        Assert.True(refusal.IsConflict);
    }

    [Fact]
    public async Task A_JSON_patch_whose_test_fails_changes_nothing()
    {
        var entity = await Widgets.CreateAsync(Widget.Named(_name), Stop);
        var patch = JsonNode.Parse("""[{"op":"test","path":"/spec/size","value":99},{"op":"replace","path":"/spec/size","value":5}]""")!;
        var refusal = await Assert.ThrowsAsync<KubernetesApiException>(() => Widgets.PatchAsync(Key, patch, PatchKind.Json, null, Stop));
        Assert.True(refusal.IsInvalid);
        Assert.Equal(entity.Metadata.ResourceVersion, (await Widgets.GetAsync(Key, Stop))!.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task A_JSON_patch_whose_test_holds_is_done()
    {
        var entity = await Widgets.CreateAsync(Widget.Named(_name), Stop);
        var patch = JsonNode.Parse(
            $$"""[{"op":"test","path":"/metadata/resourceVersion","value":"{{entity.Metadata.ResourceVersion}}"},{"op":"add","path":"/metadata/finalizers","value":["a.test/f"]}]""")!;
        var patched = await Widgets.PatchAsync(Key, patch, PatchKind.Json, null, Stop);
        Assert.Equal(["a.test/f"], patched.Metadata.Finalizers!);
        await Widgets.PatchAsync(Key, JsonNode.Parse("""[{"op":"remove","path":"/metadata/finalizers"}]""")!, PatchKind.Json, null, Stop);
    }

    [Fact]
    public async Task An_apply_creates_then_changes_only_what_differs_and_removes_what_it_no_longer_names()
    {
        var created = await Widgets.PatchAsync(Key, Applied("""{"spec":{"size":1,"color":"Red"}}"""), PatchKind.Apply, null, Stop);
        var same = await Widgets.PatchAsync(Key, Applied("""{"spec":{"size":1,"color":"Red"}}"""), PatchKind.Apply, null, Stop);
        Assert.Equal(created.Metadata.ResourceVersion, same.Metadata.ResourceVersion);
        var less = await Widgets.PatchAsync(Key, Applied("""{"spec":{"size":1}}"""), PatchKind.Apply, null, Stop);
        Assert.Equal((1, null, 2), (less.Spec!.Size, less.Spec.Color, less.Metadata.Generation));
    }

    [Fact]
    public async Task An_applied_status_loses_what_is_no_longer_named_and_makes_no_version_for_nothing()
    {
        await Widgets.CreateAsync(Widget.Named(_name), Stop);
        await Widgets.PatchAsync(Key, Applied("""{"status":{"phase":"Ready","detail":"x"}}"""), PatchKind.Apply, "status", Stop);
        var less = await Widgets.PatchAsync(Key, Applied("""{"status":{"phase":"Ready"}}"""), PatchKind.Apply, "status", Stop);
        Assert.Equal(("Ready", null, 1), (less.Status!.Phase, less.Status.Detail, less.Spec!.Size));
        var same = await Widgets.PatchAsync(Key, Applied("""{"status":{"phase":"Ready"}}"""), PatchKind.Apply, "status", Stop);
        Assert.Equal((less.Metadata.ResourceVersion, 1), (same.Metadata.ResourceVersion, same.Metadata.Generation));
    }

    private JsonObject Applied(string json)
    {
        var body = (JsonObject)JsonNode.Parse(json)!;
        body["apiVersion"] = "contract.provisioning.test/v1";
        body["kind"] = "Widget";
        ((JsonObject)(body["metadata"] ??= new JsonObject()))["name"] = _name;
        return body;
    }
}
