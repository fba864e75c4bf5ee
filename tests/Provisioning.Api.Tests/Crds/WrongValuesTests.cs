using Provisioning.Api.Tests.Support;

namespace Provisioning.Api.Tests.Crds;

public sealed class WrongValuesTests
{
    [Fact]
    public void Samples_are_valid()
    {
        foreach (var sample in Samples.All)
            Assert.Equal([], StructuralValidator.Check(Kinds.Schemas[sample.Kind], Kinds.Write(sample)));
    }

    [Fact]
    public void Every_field_of_every_spec_is_given_a_wrong_value()
    {
        var tried = WrongValues.All.Select(wrong => $"{wrong.Object["kind"]} {wrong.Path}").ToHashSet();
        var fields = Kinds.Schemas.SelectMany(kind => SchemaNode.Walk(kind.Value)
            .Where(node => node.IsInSpec)
            .Select(node => $"{kind.Key} {node.Path.Replace("[]", "", StringComparison.Ordinal)}"));

        Assert.Equal([], fields.Where(field => !tried.Contains(field)).Distinct());
    }

    [Fact]
    public void Wrong_values_are_refused_by_the_schema()
    {
        var accepted = WrongValues.All.Where(wrong =>
            !StructuralValidator.Check(Kinds.Schemas[(string)wrong.Object["kind"]!], wrong.Object).Any(error => error.Replace("[]", "", StringComparison.Ordinal).StartsWith(wrong.Path, StringComparison.Ordinal)));

        Assert.Equal([], accepted.Select(wrong => $"{wrong.Object["kind"]} {wrong.Path} = {wrong.What}"));
    }
}
