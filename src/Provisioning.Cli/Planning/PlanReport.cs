using System.Text.Json.Serialization;

namespace Provisioning.Cli.Planning;

/// <summary>A plan for programs.</summary>
/// <param name="Machines">What would become of each machine.</param>
/// <param name="ExitCode">The exit code: 0 nothing, 2 changes, 3 something is lost.</param>
internal sealed record PlanReport(IReadOnlyList<MachineForecast> Machines, int ExitCode);

/// <summary>JSON of plans.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PlanReport))]
internal sealed partial class PlanJsonContext : JsonSerializerContext;
