using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes.Tests.Contract;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Caching;

/// <summary>What a reflector makes of objects and lines that it cannot decode.</summary>
public sealed class UndecodableTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_object_of_a_list_that_cannot_be_decoded_is_named_once_and_hides_no_other()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        fixture.Server.Put(Widget.FakeKind, Widget.Json("b", color: "Ultraviolet"));
        fixture.Server.Put(Widget.FakeKind, Widget.Json("c"));
        fixture.Server.Inject(new Fault.WatchLine(Fault.ErrorEvent(410, "Expired")) { Verb = "watch" });
        fixture.Run();
        await fixture.PassBackoffAsync();
        await fixture.WatchesAsync(2);
        Assert.Equal(["Added a 1", "Added c 1"], [await fixture.NextAsync(), await fixture.NextAsync()]);
        Assert.Equal(1, fixture.Reflector.UndecodableCount);
        var warning = Assert.Single(fixture.Log.Collector.GetSnapshot(), record => record.Id.Id == 1104);
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains("default/b", warning.Message, StringComparison.Ordinal);
        Assert.Contains("spec.color", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_becomes_undecodable_leaves_the_cache_and_comes_back_when_corrected()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        await fixture.RunUntilWatchingAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 1));
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 2, color: "Ultraviolet"));
        Assert.Equal(["Added a 1", "Deleted a 1"], [await fixture.NextAsync(), await fixture.NextAsync()]);
        Assert.Null(fixture.Cached("a"));
        Assert.Equal(1, fixture.Reflector.UndecodableCount);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 3));
        Assert.Equal("Added a 3", await fixture.NextAsync());
        Assert.Equal(0, fixture.Reflector.UndecodableCount);
    }

    [Fact]
    public async Task An_undecodable_object_that_is_deleted_is_forgotten()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", color: "Ultraviolet"));
        await fixture.RunUntilWatchingAsync();
        Assert.Equal(1, fixture.Reflector.UndecodableCount);
        fixture.Server.Delete(Widget.FakeKind, "default", "a");
        fixture.Server.Put(Widget.FakeKind, Widget.Json("b"));
        Assert.Equal("Added b 1", await fixture.NextAsync());
        Assert.Equal(0, fixture.Reflector.UndecodableCount);
    }

    [Fact]
    public async Task A_line_that_is_no_event_leads_to_a_list()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.WatchLine("<html>") { Verb = "watch" });
        fixture.Run();
        await fixture.PassBackoffAsync();
        await fixture.Server.Requests.WaitForAsync(call => call.Verb == "list", 2, Stop);
        await fixture.WatchesAsync(2);
    }
}
