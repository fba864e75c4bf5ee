using System.Text.Json.Nodes;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Api.Tests.Support;
using Provisioning.Api.Validation;

namespace Provisioning.Api.Tests.Crds;

public sealed class ExamplesTests
{
    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(CommittedFiles.Examples, "*.yaml").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Example_is_valid_and_means_the_same_to_schema_and_types(string file)
    {
        foreach (var example in Read(file).Where(example => (string)example["apiVersion"]! == ApiGroup.ApiVersion))
        {
            var schema = Kinds.Schemas[(string)example["kind"]!];
            Assert.Equal([], StructuralValidator.Check(schema, example));

            StructuralValidator.FillDefaults(schema, example);
            var entity = Kinds.Read(example);
            Assert.Equal([], Problems(entity));
            Assert.Equal([], StructuralValidator.Check(schema, Kinds.Write(entity)));
            Assert.Equal([], Missing(example["spec"]!, Kinds.Write(entity)["spec"]!, "spec"));
        }
    }

    [Fact]
    public void Every_kind_and_every_type_of_provisioner_has_an_example()
    {
        var examples = Files.SelectMany(row => Read(row.Data)).ToList();

        Assert.Superset(Kinds.Schemas.Keys.ToHashSet(), examples.Select(example => (string)example["kind"]!).ToHashSet());
        Assert.Equal(Enum.GetNames<ProvisionerType>().Order(), examples.Where(example => (string)example["kind"]! == "Provisioner").Select(example => (string)example["spec"]!["type"]!).Distinct().Order());
    }

    /// <summary>A secret that looks like one gets copied; a template must not work.</summary>
    [Fact]
    public void Secrets_are_templates_only()
    {
        foreach (var secret in Files.SelectMany(row => Read(row.Data)).Where(example => (string)example["kind"]! == "Secret"))
            Assert.All((JsonObject)secret["stringData"]!, value => Assert.StartsWith("PUT-", (string)value.Value!, StringComparison.Ordinal));
    }

    private static IReadOnlyList<JsonObject> Read(string file) => Yaml.ReadAll(File.ReadAllText(Path.Combine(CommittedFiles.Examples, file)));

    private static IReadOnlyList<string> Problems(IKubernetesEntity entity) => entity switch
    {
        Node node => SpecValidator.Validate(node),
        Provisioner provisioner => SpecValidator.Validate(provisioner.Spec),
        Image or ImageCapture => [],
        _ => [$"{entity.Kind} is not known here"],
    };

    /// <summary>What the file says and the types do not give back.</summary>
    private static IEnumerable<string> Missing(JsonNode expected, JsonNode? actual, string path) => expected switch
    {
        JsonObject members => members.SelectMany(member => Missing(member.Value!, (actual as JsonObject)?[member.Key], $"{path}.{member.Key}")),
        JsonArray items => items.SelectMany((item, index) => Missing(item!, (actual as JsonArray)?.ElementAtOrDefault(index), $"{path}[{index}]")),
        _ => actual?.ToJsonString() == expected.ToJsonString() ? [] : [path],
    };
}
