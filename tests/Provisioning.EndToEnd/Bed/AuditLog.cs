using System.Text.Json;

namespace Provisioning.EndToEnd.Bed;

/// <summary>A write that the API server answered.</summary>
/// <param name="Time">When it was answered.</param>
/// <param name="User">Who asked.</param>
/// <param name="Verb">create, update, patch or delete.</param>
/// <param name="Resource">Plural of the kind, with the subresource if it was one.</param>
/// <param name="Name">Name of the object; empty for a new one.</param>
/// <param name="Code">HTTP status.</param>
public sealed record AuditedWrite(DateTimeOffset Time, string User, string Verb, string Resource, string Name, int Code)
{
    /// <summary>Whether it changed something.</summary>
    public bool Succeeded => Code is >= 200 and < 300;

    /// <inheritdoc/>
    public override string ToString() => $"{Time:HH:mm:ss.fff} {User} {Verb} {Resource} {Name}: {Code}";
}

/// <summary>The audit log of an API server: who wrote, by the word of the one who was written to.</summary>
/// <param name="path">Path of the log.</param>
public sealed class AuditLog(string path)
{
    /// <summary>The writes after a time that changed something, oldest first.</summary>
    public IReadOnlyList<AuditedWrite> Since(DateTimeOffset time) =>
        [.. ReadLines().Select(Parse).Where(write => write.Time >= time && write.Succeeded).OrderBy(write => write.Time)];

    private List<string> ReadLines()
    {
        if (!File.Exists(path))
            return [];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        // The last line may still be on its way.
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static AuditedWrite Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        var target = root.GetProperty("objectRef");
        var subresource = Text(target, "subresource");
        return new(
            root.GetProperty("stageTimestamp").GetDateTimeOffset(),
            Text(root.GetProperty("user"), "username"),
            Text(root, "verb"),
            Text(target, "resource") + (subresource.Length > 0 ? $"/{subresource}" : ""),
            Text(target, "name"),
            root.TryGetProperty("responseStatus", out var status) && status.TryGetProperty("code", out var code) ? code.GetInt32() : 0);
    }

    private static string Text(JsonElement element, string property) => element.TryGetProperty(property, out var value) ? value.GetString() ?? "" : "";
}
