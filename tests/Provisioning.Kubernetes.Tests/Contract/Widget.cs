using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Contract;

/// <summary>A kind for tests of the runtime alone.</summary>
public sealed class Widget : IKubernetesEntity
{
    public static readonly ResourceDefinition<Widget> Definition =
        new("contract.provisioning.test", "v1", "Widget", "widgets", ContractJsonContext.Default.Widget) { Marked = widget => widget.Status };

    public static readonly FakeKind FakeKind = new("contract.provisioning.test", "v1", "Widget", "widgets");

    public string ApiVersion { get; set; } = "contract.provisioning.test/v1";

    public string Kind { get; set; } = "Widget";

    public ObjectMeta Metadata { get; set; } = new();

    public WidgetSpec? Spec { get; set; }

    public WidgetStatus? Status { get; set; }

    public static Widget Named(string name, int size = 1) =>
        new() { Metadata = new() { Name = name, Namespace = "default" }, Spec = new() { Size = size } };

    /// <summary>A widget as text, for the fake server.</summary>
    public static string Json(string name, int size = 1, string color = "Red") =>
        $$"""{"metadata":{"name":"{{name}}","namespace":"default"},"spec":{"size":{{size}},"color":"{{color}}"} }""";
}

public sealed class WidgetSpec
{
    public int Size { get; set; }

    public WidgetColor? Color { get; set; }
}

public sealed class WidgetStatus : IMarkedStatus
{
    public string? Phase { get; set; }

    public string? Detail { get; set; }

    public string? WatchMark { get; set; }
}

public enum WidgetColor
{
    Red,
    Green,
}

/// <summary>A cluster-scoped kind, to make the CRD of the widgets with.</summary>
public sealed class CustomResourceDefinition : IKubernetesEntity
{
    public static readonly ResourceDefinition<CustomResourceDefinition> Definition =
        new("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", ContractJsonContext.Default.CustomResourceDefinition);

    public string ApiVersion { get; set; } = "apiextensions.k8s.io/v1";

    public string Kind { get; set; } = "CustomResourceDefinition";

    public ObjectMeta Metadata { get; set; } = new();

    public JsonObject? Spec { get; set; }

    public JsonObject? Status { get; set; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Widget))]
[JsonSerializable(typeof(CustomResourceDefinition))]
internal sealed partial class ContractJsonContext : JsonSerializerContext;
