using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;
using Provisioning.Kubernetes.Tests.Caching;

namespace Provisioning.Kubernetes.Tests.Contract;

/// <summary>
/// What our code relies on in an API server. Runs against the fake and against a real kube-apiserver, so that what other tests show with the fake is
/// true of a real one.
/// </summary>
public abstract partial class ApiServerContract
{
    private readonly string _name = $"w-{Guid.NewGuid():N}"[..16];

    protected abstract KubernetesConnection Connection { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private IResourceClient<Widget> Widgets => Connection.Client(Widget.Definition);

    private NamespacedName Key => new("default", _name);

    [Fact]
    public async Task A_new_object_has_identity_version_and_generation_1_and_no_status()
    {
        var asked = Widget.Named(_name, size: 3);
        asked.Status = new() { Phase = "Smuggled" };
        var created = await Widgets.CreateAsync(asked, Stop);

        Assert.NotEmpty(created.Metadata.Uid!);
        Assert.NotEmpty(created.Metadata.ResourceVersion!);
        Assert.NotNull(created.Metadata.CreationTimestamp);
        Assert.Equal((1, 3, null), (created.Metadata.Generation, created.Spec!.Size, created.Status));
        Assert.Equal(created.Metadata.ResourceVersion, (await Widgets.GetAsync(Key, Stop))!.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task A_name_is_given_once()
    {
        await Widgets.CreateAsync(Widget.Named(_name), Stop);
        var refusal = await Assert.ThrowsAsync<KubernetesApiException>(() => Widgets.CreateAsync(Widget.Named(_name), Stop));
        Assert.True(refusal.IsAlreadyExists);
        Assert.False(refusal.IsConflict);
    }

    [Fact]
    public async Task What_is_not_there_is_null() => Assert.Null(await Widgets.GetAsync(Key, Stop));

    [Fact]
    public async Task A_kind_that_is_not_there_is_not_found()
    {
        var gadgets = Connection.Client(Widget.Definition with { Plural = "gadgets" });
        var refusal = await Assert.ThrowsAsync<KubernetesApiException>(() => gadgets.CreateAsync(Widget.Named(_name), Stop));
        Assert.True(refusal.IsNotFound);
    }

    [Fact]
    public async Task A_changed_spec_makes_a_new_generation()
    {
        var entity = await Widgets.CreateAsync(Widget.Named(_name), Stop);
        entity.Spec!.Size = 2;
        var replaced = await Widgets.ReplaceAsync(entity, Stop);
        Assert.Equal((2, 2), (replaced.Spec!.Size, replaced.Metadata.Generation));
        Assert.NotEqual(entity.Metadata.ResourceVersion, replaced.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task A_changed_label_makes_no_new_generation()
    {
        var entity = await Widgets.CreateAsync(Widget.Named(_name), Stop);
        entity.Metadata.Labels = new Dictionary<string, string> { ["a"] = "b" };
        var replaced = await Widgets.ReplaceAsync(entity, Stop);
        Assert.Equal(1, replaced.Metadata.Generation);
        Assert.NotEqual(entity.Metadata.ResourceVersion, replaced.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task A_replacement_that_changes_nothing_makes_no_new_version()
    {
        var entity = await Widgets.CreateAsync(Widget.Named(_name), Stop);
        Assert.Equal(entity.Metadata.ResourceVersion, (await Widgets.ReplaceAsync(entity, Stop)).Metadata.ResourceVersion);
    }

    [Fact]
    public async Task A_replacement_of_an_old_version_is_a_conflict()
    {
        var entity = await Widgets.CreateAsync(Widget.Named(_name), Stop);
        entity.Spec!.Size = 2;
        await Widgets.ReplaceAsync(entity, Stop);
        entity.Spec.Size = 3;
        var refusal = await Assert.ThrowsAsync<KubernetesApiException>(() => Widgets.ReplaceAsync(entity, Stop));
        Assert.True(refusal.IsConflict);
    }

    [Fact]
    public async Task A_replacement_without_a_version_is_invalid()
    {
        var entity = await Widgets.CreateAsync(Widget.Named(_name), Stop);
        entity.Metadata.ResourceVersion = null;
        entity.Spec!.Size = 9;
        var refusal = await Assert.ThrowsAsync<KubernetesApiException>(() => Widgets.ReplaceAsync(entity, Stop));
        Assert.True(refusal.IsInvalid);
    }

    [Fact]
    public async Task An_object_with_a_finalizer_stays_until_it_is_taken_off()
    {
        var asked = Widget.Named(_name);
        asked.Metadata.Finalizers = ["a.test/f"];
        await Widgets.CreateAsync(asked, Stop);
        await Widgets.DeleteAsync(Key, uid: null, Stop);

        var deleting = await Widgets.GetAsync(Key, Stop);
        Assert.NotNull(deleting!.Metadata.DeletionTimestamp);
        Assert.Equal(2, deleting.Metadata.Generation);
        var more = await Assert.ThrowsAsync<KubernetesApiException>(
            () => Widgets.PatchAsync(Key, JsonNode.Parse("""{"metadata":{"finalizers":["a.test/f","b.test/g"]}}""")!, PatchKind.Merge, null, Stop));
        Assert.True(more.IsInvalid);
        await Widgets.PatchAsync(Key, JsonNode.Parse("""{"metadata":{"finalizers":null}}""")!, PatchKind.Merge, null, Stop);
        Assert.Null(await Widgets.GetAsync(Key, Stop));
    }

    [Fact]
    public async Task Only_the_object_of_that_uid_is_deleted()
    {
        var created = await Widgets.CreateAsync(Widget.Named(_name), Stop);
        await Widgets.DeleteAsync(Key, Guid.NewGuid().ToString(), Stop);
        Assert.NotNull(await Widgets.GetAsync(Key, Stop));
        await Widgets.DeleteAsync(Key, created.Metadata.Uid, Stop);
        Assert.Null(await Widgets.GetAsync(Key, Stop));
    }

    [Fact]
    public Task To_delete_what_is_gone_is_success() => Widgets.DeleteAsync(Key, uid: null, Stop);

    [Theory]
    [InlineData("0")]
    [InlineData("")]
    public async Task A_list_has_the_objects_and_a_version_from_which_a_watch_goes_on(string from)
    {
        var created = await Widgets.CreateAsync(Widget.Named(_name), Stop);
        List<DecodedEntity<Widget>> objects = [];
        var lister = new ResourceLister<Widget>(Connection.Transport, Widget.Definition, "default");
        var version = await lister.ListAsync(from, objects, () => { }, Stop);
        // A list from the server's cache ("0") may be a moment old.
        for (var tries = 0; tries < 1000 && !ResourceVersions.Covers(version, created.Metadata.ResourceVersion); tries++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Stop);
            objects.Clear();
            version = await lister.ListAsync(from, objects, () => { }, Stop);
        }

        Assert.Contains(objects, item => item.Key == Key && item.Entity!.Metadata.Uid == created.Metadata.Uid);
        Assert.True(ResourceVersions.Covers(version, created.Metadata.ResourceVersion));
    }

    [Fact]
    public async Task A_version_of_the_future_is_refused_as_too_large()
    {
        var lister = new ResourceLister<Widget>(Connection.Transport, Widget.Definition, "default");
        var refusal = await Assert.ThrowsAsync<KubernetesApiException>(() => lister.ListAsync("999999999999", [], () => { }, Stop));
        Assert.True(refusal.IsResourceVersionTooLarge);
    }

    [Fact]
    public async Task A_watch_tells_of_creation_change_and_deletion_with_rising_versions()
    {
        var reflector = new ResourceReflector<Widget>(
            Connection, Widget.Definition, new() { Namespace = "default" }, TimeProvider.System, new Random(1), NullLogger<ResourceReflector<Widget>>.Instance);
        var sink = new RecordingSink(change => change.Entity.Metadata.Name == _name);
        reflector.AddSink(sink);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var run = reflector.RunAsync(ends.Token);
        await reflector.WaitForSyncAsync(Stop);

        var created = await Widgets.CreateAsync(Widget.Named(_name), Stop);
        Assert.Equal(ResourceEventKind.Added, (await sink.NextAsync(Stop)).Kind);
        var patched = await Widgets.PatchAsync(Key, JsonNode.Parse("""{"spec":{"size":8}}""")!, PatchKind.Merge, null, Stop);
        Assert.True(await reflector.Cache.WaitForVersionAsync(Key, patched.Metadata.ResourceVersion!, TimeSpan.FromMinutes(2), Stop));
        Assert.Equal(8, reflector.Cache.Get(Key)!.Spec!.Size);
        var updated = await sink.NextAsync(Stop);
        Assert.Equal((ResourceEventKind.Updated, created.Metadata.ResourceVersion), (updated.Kind, updated.Previous!.Metadata.ResourceVersion));
        await Widgets.DeleteAsync(Key, uid: null, Stop);
        var deleted = await sink.NextAsync(Stop);
        Assert.Equal(ResourceEventKind.Deleted, deleted.Kind);
        Assert.False(ResourceVersions.Covers(patched.Metadata.ResourceVersion, deleted.Entity.Metadata.ResourceVersion));

        await ends.CancelAsync();
        await run;
    }

    [Fact]
    public async Task Secrets_leases_and_events_go_there_and_back()
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1234560);
        var secret = await Connection.Client(BuiltInResources.Secrets).CreateAsync(
            new Secret { Metadata = new() { Name = _name, Namespace = "default" }, Data = new Dictionary<string, byte[]> { ["key"] = [0, 1, 255] } }, Stop);
        Assert.Equal([0, 1, 255], secret.Data!["key"]);

        var leases = Connection.Client(BuiltInResources.Leases);
        var lease = await leases.CreateAsync(
            new Lease { Metadata = new() { Name = _name, Namespace = "default" }, Spec = new() { HolderIdentity = "me", LeaseDurationSeconds = 15, RenewTime = time } }, Stop);
        Assert.Equal(time, lease.Spec!.RenewTime);
        lease.Spec.HolderIdentity = "you";
        Assert.Equal("you", (await leases.ReplaceAsync(lease, Stop)).Spec!.HolderIdentity);

        var said = await Connection.Client(BuiltInResources.Events).CreateAsync(
            new Event
            {
                Metadata = new() { Name = _name, Namespace = "default" },
                EventTime = time,
                ReportingController = "provisioning.test/tests",
                ReportingInstance = "tests-1",
                Action = "Testing",
                Reason = "Tested",
                Type = "Normal",
                Note = "A note.",
                Regarding = new() { ApiVersion = "contract.provisioning.test/v1", Kind = "Widget", Namespace = "default", Name = _name },
            },
            Stop);
        Assert.Equal((time, "A note."), (said.EventTime, said.Note));
    }
}
