using System.Text.Json;
using System.Text.Json.Serialization;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;

namespace Provisioning.Api;

/// <summary>JSON of the API types as the API server speaks it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(TimeConverter)],
    RespectNullableAnnotations = true,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Node))]
[JsonSerializable(typeof(Image))]
[JsonSerializable(typeof(ImageCapture))]
[JsonSerializable(typeof(Provisioner))]
public sealed partial class ApiJsonContext : JsonSerializerContext;
