using System.Text.Json.Nodes;

namespace Provisioning.Testing.ApiServer;

/// <summary>An object as it is stored, with its text: it is read far more often than it is written, and the text is made once.</summary>
/// <param name="Entity">The object. It belongs to the store: who wants to change it takes a copy.</param>
/// <param name="Version">Version of its last change.</param>
/// <param name="Json">Its text.</param>
internal sealed record FakeObject(JsonObject Entity, long Version, string Json)
{
    public JsonObject Copy() => (JsonObject)JsonNode.Parse(Json)!;
}
