using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Api;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Provisioning.Cli.Planning;

/// <summary>One object of a file.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Namespace">Its namespace, if it names one.</param>
/// <param name="Name">Its name.</param>
/// <param name="Body">All of it.</param>
internal sealed record Manifest(string Kind, string? Namespace, string Name, JsonObject Body);

/// <summary>Reads the objects of this product from YAML or JSON; others are counted only.</summary>
internal static class Manifests
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.+-eE");
    private static readonly string[] Endings = [".yaml", ".yml", ".json"];

    /// <summary>Reads files, folders, or standard input for "-".</summary>
    public static (IReadOnlyList<Manifest> Ours, int Others) Read(IEnumerable<string> paths, bool isRecursive, TextReader input)
    {
        List<Manifest> ours = [];
        var others = 0;
        foreach (var path in paths.SelectMany(path => Expand(path, isRecursive)))
        {
            try
            {
                foreach (var body in Documents(path == "-" ? input.ReadToEnd() : File.ReadAllText(path)).SelectMany(Items))
                {
                    if (Of(body, path) is { } manifest)
                        ours.Add(manifest);
                    else
                        others++;
                }
            }
            catch (Exception problem) when (problem is YamlException or JsonException or IOException or UnauthorizedAccessException)
            {
                throw new CommandError($"{Where(path)} cannot be read: {problem.Message.TrimEnd('.')}.");
            }
        }

        return (ours, others);
    }

    private static List<string> Expand(string path, bool isRecursive)
    {
        if (path == "-" || File.Exists(path))
            return [path];
        if (!Directory.Exists(path))
            throw new CommandError($"{path} does not exist. Give -f a file, a folder, or - for standard input.");
        var files = Directory.EnumerateFiles(path, "*", isRecursive ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly)
            .Where(file => Endings.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new CommandError($"The folder {path} has no file that ends in {string.Join(", ", Endings)}. {(isRecursive ? "" : "Add -R for the folders in it.")}".TrimEnd());
    }

    /// <summary>JSON is YAML, so one reader does for both.</summary>
    private static IEnumerable<JsonObject> Documents(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        foreach (var document in stream.Documents)
        {
            var json = Convert(document.RootNode);
            if (json is JsonObject body)
                yield return body;
            else if (json is not null)
                throw new CommandError("A document must be an object with apiVersion and kind.");
        }
    }

    /// <summary>The items of a list, or the object itself.</summary>
    private static IEnumerable<JsonObject> Items(JsonObject body) =>
        Text(body["kind"]) is { } kind && kind.EndsWith("List", StringComparison.Ordinal) && body["items"] is JsonArray items ? items.OfType<JsonObject>().SelectMany(Items) : [body];

    private static Manifest? Of(JsonObject body, string path)
    {
        var (version, kind) = (Text(body["apiVersion"]), Text(body["kind"]));
        if (version is null || kind is null)
            throw new CommandError($"{Where(path)}: a document lacks apiVersion or kind.");
        if (!version.StartsWith(ApiGroup.Name + "/", StringComparison.Ordinal))
            return null;
        var metadata = body["metadata"] as JsonObject;
        return Text(metadata?["name"]) is { Length: > 0 } name
            ? new(kind, Text(metadata?["namespace"]), name, body)
            : throw new CommandError($"{Where(path)}: a {kind} lacks metadata.name.");
    }

    private static string Where(string path) => path == "-" ? "Standard input" : path;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", Convert(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => Plain(scalar.Value ?? ""),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => null,
    };

    /// <summary>What kubectl reads a plain scalar as. Words such as On are left to the API server's schema, which refuses booleans where it wants a text.</summary>
    private static JsonValue? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => JsonValue.Create(true),
        "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => JsonValue.Create(false),
        _ when long.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        _ when text.AsSpan().IndexOfAnyExcept(Digits) < 0 && double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var real) => JsonValue.Create(real),
        _ => JsonValue.Create(text),
    };
}
