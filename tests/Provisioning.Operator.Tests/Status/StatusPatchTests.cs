using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Provisioning.Operator.Status;

namespace Provisioning.Operator.Tests.Status;

public sealed class StatusPatchTests
{
    [Property(MaxTest = 500)]
    public Property Applying_the_patch_gives_the_new_object() => Prop.ForAll(Objects(3).ToArbitrary(), Objects(3).ToArbitrary(), (before, after) =>
    {
        var patch = StatusPatch.Diff(Parse(before), Parse(after));
        var applied = patch is null ? Parse(before) : Merge(Parse(before), patch);
        return JsonNode.DeepEquals(applied, Parse(after)).Label($"{patch?.ToJsonString()} gives {applied.ToJsonString()}");
    });

    [Property(MaxTest = 200)]
    public Property Equal_objects_need_no_patch() => Prop.ForAll(Objects(3).ToArbitrary(), json => StatusPatch.Diff(Parse(json), Parse(json)) is null);

    [Fact]
    public void What_is_gone_is_removed_by_name() =>
        Assert.Equal("""{"operation":null}""", StatusPatch.Diff(Parse("""{"power":"On","operation":{"id":"a"}}"""), Parse("""{"power":"On"}"""))!.ToJsonString());

    [Fact]
    public void A_first_status_is_written_whole() =>
        Assert.Equal("""{"a":{"b":1}}""", StatusPatch.Diff(null, Parse("""{"a":{"b":1}}"""))!.ToJsonString());

    [Fact]
    public void Empty_strings_are_left_out_at_every_depth() =>
        Assert.Equal("""{"a":{},"list":[{"d":"x"}],"n":0,"words":["y"]}""", StatusPatch.WithoutEmptyStrings(Parse("""{"a":{"b":""},"list":[{"c":"","d":"x"}],"n":0,"e":"","words":["","y",""]}""")).ToJsonString());

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private static JsonObject Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
                target.Remove(name);
            else if (value is JsonObject inner)
                target[name] = Merge(target[name] as JsonObject is { } existing ? existing.DeepClone().AsObject() : [], inner);
            else
                target[name] = value.DeepClone();
        }

        return target;
    }

    /// <summary>Small objects with few names, so that two of them share many.</summary>
    private static Gen<string> Objects(int depth) =>
        from names in Gen.SubListOf(["a", "b", "c", "d"])
        from values in Values(depth).ListOf(names.Count)
        select "{" + string.Join(",", names.Zip(values, (name, value) => $"\"{name}\":{value}")) + "}";

    private static Gen<string> Values(int depth)
    {
        var leaves = Gen.Elements("1", "2", "\"x\"", "\"y\"", "true", "[]", "[1,2]", "[{\"a\":1}]");
        return depth == 0 ? leaves : Gen.OneOf(leaves, Objects(depth - 1));
    }
}
