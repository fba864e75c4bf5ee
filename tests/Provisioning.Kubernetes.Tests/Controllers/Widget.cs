using System.Text.Json.Serialization;
using Provisioning.Api.Meta;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Controllers;

/// <summary>A kind for tests.</summary>
internal sealed class Widget : CustomKubernetesEntity<WidgetSpec, WidgetStatus>
{
    public static ResourceDefinition<Widget> Definition { get; } = new("test.dev", "v1", "Widget", "widgets", WidgetJsonContext.Default.Widget) { Marked = widget => widget.Status };

    public static FakeKind FakeKind { get; } = new("test.dev", "v1", "Widget", "widgets");

    public override string Kind { get; set; } = "Widget";

    public static Widget New(string name, string version, int size = 1) => new()
    {
        ApiVersion = "test.dev/v1",
        Metadata = new ObjectMeta { Name = name, Namespace = "lab", ResourceVersion = version, Uid = $"uid-{name}", Generation = size },
        Spec = new WidgetSpec { Size = size },
    };

    public static NamespacedName Key(string name) => new("lab", name);

    public static string Json(string name, int size) =>
        $$$"""{"apiVersion":"test.dev/v1","kind":"Widget","metadata":{"name":"{{{name}}}","namespace":"lab"},"spec":{"size":{{{size}}}}}""";
}

internal sealed class WidgetSpec
{
    public int Size { get; set; }
}

internal sealed class WidgetStatus : IMarkedStatus
{
    public int Size { get; set; }

    public string? WatchMark { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Widget))]
internal sealed partial class WidgetJsonContext : JsonSerializerContext;
