using Microsoft.Extensions.Time.Testing;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Queueing;
using Provisioning.Kubernetes.Tests.Queueing;

namespace Provisioning.Kubernetes.Tests.Controllers;

public sealed class EventSourceTests : IDisposable
{
    private readonly TestMeters _meters = new();
    private readonly WorkQueue<NamespacedName> _queue;

    public EventSourceTests() => _queue = new WorkQueue<NamespacedName>("widget", new FakeTimeProvider(), () => 0, new WorkQueueMetrics(_meters));

    public void Dispose()
    {
        _queue.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task Real_changes_overtake_the_first_list()
    {
        var source = Source(widget => [NamespacedName.Of(widget)]);
        source.OnEvent(new(ResourceEventKind.Added, Widget.New("listed", "1"), null, IsInitialList: true));
        source.OnEvent(new(ResourceEventKind.Updated, Widget.New("same", "1"), Widget.New("same", "1"), IsInitialList: false));
        source.OnEvent(new(ResourceEventKind.Updated, Widget.New("changed", "2"), Widget.New("changed", "1"), IsInitialList: false));
        Assert.Equal(["changed", "listed", "same"], await TakeAll(3));
    }

    [Fact]
    public void An_object_that_is_gone_is_told_whatever_its_generation() =>
        Assert.True(Predicates.GenerationChanged<Widget>(new(ResourceEventKind.Deleted, Widget.New("a", "1"), Widget.New("a", "1"), IsInitialList: false)));

    [Fact]
    public async Task Maps_the_object_as_it_is_and_as_it_was()
    {
        var source = Source(widget => [Widget.Key($"user-of-{widget.Spec.Size}")]);
        source.OnEvent(new(ResourceEventKind.Updated, Widget.New("a", "2", size: 2), Widget.New("a", "1", size: 1), IsInitialList: false));
        Assert.Equal(["user-of-2", "user-of-1"], await TakeAll(2));
    }

    [Fact]
    public async Task A_predicate_hides_changes()
    {
        var source = Source(widget => [NamespacedName.Of(widget)], Predicates.GenerationChanged);
        source.OnEvent(new(ResourceEventKind.Updated, Widget.New("status", "2", size: 1), Widget.New("status", "1", size: 1), IsInitialList: false));
        source.OnEvent(new(ResourceEventKind.Updated, Widget.New("spec", "2", size: 2), Widget.New("spec", "1", size: 1), IsInitialList: false));
        source.OnEvent(new(ResourceEventKind.Deleted, Widget.New("gone", "3", size: 1), null, IsInitialList: false));
        Assert.Equal(["spec", "gone"], await TakeAll(2));
    }

    [Theory]
    [InlineData("1", "1", false)]
    [InlineData("1", "2", true)]
    public void Resource_version_changed_hides_what_is_the_same(string before, string after, bool passes) =>
        Assert.Equal(passes, Predicates.ResourceVersionChanged<Widget>(new(ResourceEventKind.Updated, Widget.New("a", after), Widget.New("a", before), IsInitialList: false)));

    [Theory]
    [InlineData("test.dev/v1", "Widget", true)]
    [InlineData("test.dev/v2", "Widget", true)]
    [InlineData("other.dev/v1", "Widget", false)]
    [InlineData("v1", "Widget", false)]
    [InlineData("test.dev/v1", "Gadget", false)]
    public void An_owner_is_found_by_group_and_kind(string apiVersion, string kind, bool isFound)
    {
        var owned = Widget.New("owned", "1");
        owned.Metadata.OwnerReferences = [new OwnerReference { ApiVersion = apiVersion, Kind = kind, Name = "owner" }];
        Assert.Equal(isFound ? [Widget.Key("owner")] : [], Owners.Of(owned, "test.dev", "Widget"));
    }

    private EventSource<Widget> Source(Func<Widget, IEnumerable<NamespacedName>> map, Func<ResourceEvent<Widget>, bool>? predicate = null) => new(_queue, map, predicate);

    private async Task<List<string>> TakeAll(int count)
    {
        var names = new List<string>();
        for (var i = 0; i < count; i++)
            names.Add((await _queue.GetAsync(TestContext.Current.CancellationToken))!.Value.Key.Name);
        return names;
    }
}
