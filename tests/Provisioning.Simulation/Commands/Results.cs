using System.Text.Json;
using System.Text.Json.Serialization;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Commands;

/// <summary>Results on their way from one process to another: a line each.</summary>
[JsonSerializable(typeof(RunResult))]
internal sealed partial class Results : JsonSerializerContext
{
    public static string ToLine(RunResult result) => JsonSerializer.Serialize(result, Default.RunResult);

    public static RunResult FromLine(string line) => JsonSerializer.Deserialize(line, Default.RunResult)!;
}
