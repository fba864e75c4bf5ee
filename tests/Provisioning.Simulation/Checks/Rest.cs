using System.Text.Json;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Worlds;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Simulation.Checks;

/// <summary>What operators write while nothing happens. Only of what is tried again now and then, because it waits for a person, anything may be written.</summary>
internal sealed class Rest(World world)
{
    private readonly SortedDictionary<string, int> _writes = new(StringComparer.Ordinal);

    /// <summary>An operator writes; whether it changes anything or not. What is told of an object counts as written to it.</summary>
    public void Written(FakeCall call, FakeRequest request)
    {
        if (!world.IsQuiet || call.Resource == "leases")
            return;
        var subject = call.Resource == "events" && request.Body.Length > 0 && JsonDocument.Parse(request.Body).RootElement.TryGetProperty("regarding", out var regarding)
            ? $"{regarding.GetProperty("kind").GetString()}/{regarding.GetProperty("name").GetString()}"
            : $"{call.Kind!.Kind}/{call.Name}";
        _writes[subject] = _writes.GetValueOrDefault(subject) + 1;
    }

    /// <summary>Begins to count anew.</summary>
    public void Begin() => _writes.Clear();

    /// <summary>The objects that were written to and are not tried again, and how often.</summary>
    public IReadOnlyList<(string Subject, int Writes)> Restless() => [.. _writes.Where(written => !IsTriedAgain(written.Key)).Select(written => (written.Key, written.Value))];

    private bool IsTriedAgain(string subject)
    {
        var (kind, name) = subject.Split('/', 2) is [var first, var second] ? (first, second) : (subject, "");
        return kind switch
        {
            "Node" => Retries(name),

            // A capture repeats what its Node waits for.
            "ImageCapture" => world.Api.Find(Kinds.Capture, name) is { } stored && Retries(JsonSerializer.Deserialize(stored.Json, ApiJsonContext.Default.ImageCapture)!.Spec.NodeRef.Name),
            _ => false,
        };
    }

    private bool Retries(string node) => world.Checks.Nodes.TryGetValue(node, out var found) && (found.Status?.Retry is not null || found.Status?.ObserveRetry is not null);
}
