using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Provisioning.CrdGenerator;

/// <summary>
/// Writes JSON as block YAML in the order of the members. Emitters of libraries change their line breaks and quotes between versions, and
/// these files are compared byte for byte.
/// </summary>
internal static partial class YamlWriter
{
    private const int LineLength = 120;

    private static readonly JsonSerializerOptions Quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Write(JsonObject root)
    {
        var text = new StringBuilder();
        WriteMembers(text, root, 0, firstIsIndented: false);
        return text.ToString();
    }

    private static void WriteMembers(StringBuilder text, JsonObject members, int depth, bool firstIsIndented)
    {
        foreach (var (name, value) in members)
        {
            if (!firstIsIndented)
                Indent(text, depth);
            firstIsIndented = false;
            text.Append(Scalar(name)).Append(':');
            WriteValue(text, value, depth);
        }
    }

    private static void WriteValue(StringBuilder text, JsonNode? value, int depth)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } members:
                text.Append('\n');
                WriteMembers(text, members, depth + 1, firstIsIndented: false);
                break;
            case JsonArray { Count: > 0 } items:
                text.Append('\n');
                WriteItems(text, items, depth);
                break;
            case JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String:
                WriteString(text, scalar.GetValue<string>(), depth);
                break;
            default:
                text.Append(' ').Append(value?.ToJsonString() ?? "null").Append('\n');
                break;
        }
    }

    private static void WriteItems(StringBuilder text, JsonArray items, int depth)
    {
        foreach (var item in items)
        {
            Indent(text, depth);
            text.Append("- ");
            if (item is JsonObject members)
                WriteMembers(text, members, depth + 1, firstIsIndented: true);
            else
                text.Append(Scalar(item!.GetValue<string>())).Append('\n');
        }
    }

    /// <summary>Long text is folded; it has single spaces only, so folding gives it back exactly.</summary>
    private static void WriteString(StringBuilder text, string value, int depth)
    {
        if (value.Length + (2 * depth) <= LineLength || !Foldable().IsMatch(value))
        {
            text.Append(' ').Append(Scalar(value)).Append('\n');
            return;
        }

        text.Append(" >-");
        var column = LineLength;
        foreach (var word in value.Split(' '))
        {
            if (column + 1 + word.Length > LineLength)
            {
                text.Append('\n');
                Indent(text, depth + 1);
                column = 2 * (depth + 1);
            }
            else
            {
                text.Append(' ');
                column++;
            }

            text.Append(word);
            column += word.Length;
        }

        text.Append('\n');
    }

    private static void Indent(StringBuilder text, int depth) => text.Append(' ', 2 * depth);

    private static string Scalar(string value) =>
        Plain().IsMatch(value) && !ReadAsOtherType().IsMatch(value) ? value : JsonSerializer.Serialize(value, Quoted);

    [GeneratedRegex(@"^[A-Za-z]([A-Za-z0-9_./,;()'=+ -]*[A-Za-z0-9_./,;()'=+-])?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Plain();

    [GeneratedRegex(@"^(y|yes|n|no|true|false|on|off|null)\z", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ReadAsOtherType();

    [GeneratedRegex(@"^[A-Za-z0-9][!-~]*( [!-~]+)*\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Foldable();
}
