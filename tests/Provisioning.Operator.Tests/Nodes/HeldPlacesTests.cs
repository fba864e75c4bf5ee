using Provisioning.Api.Nodes;
using Provisioning.Operator.Nodes;

namespace Provisioning.Operator.Tests.Nodes;

public sealed class HeldPlacesTests
{
    [Fact]
    public void Nobody_is_named_where_all_that_run_go_on() => Assert.Equal("", HeldPlaces.Describe([]));

    [Fact]
    public void One_is_named_with_what_holds_it() => Assert.Equal(
        " The operation of the Node a (paused) is held and keeps its place: set its managementPolicy to Manage to let it go on.",
        HeldPlaces.Describe([Held("a", ManagementPolicy.Paused)]));

    [Fact]
    public void Of_many_three_are_named()
    {
        var text = HeldPlaces.Describe([Held("a", ManagementPolicy.Paused), Held("b", ManagementPolicy.Observe), Held("c", ManagementPolicy.Paused), Held("d", ManagementPolicy.Paused), Held("e", ManagementPolicy.Paused)]);
        Assert.Contains("of the Nodes a (paused), b (only observed), c (paused) and 2 more are held", text, StringComparison.Ordinal);
    }

    private static Node Held(string name, ManagementPolicy policy) => new() { Metadata = new() { Name = name }, Spec = new() { ManagementPolicy = policy } };
}
