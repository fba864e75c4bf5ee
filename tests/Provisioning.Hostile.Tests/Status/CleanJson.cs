using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Provisioning.Hostile.Tests.Fuzzing;

namespace Provisioning.Hostile.Tests.Status;

/// <summary>No text anywhere in an object acts on a terminal or turns the reading direction. Written apart from the code that sees to it.</summary>
internal static class CleanJson
{
    public static void Check(JsonNode? node, string path = "")
    {
        switch (node)
        {
            case JsonObject item:
                foreach (var (name, value) in item)
                    Check(value, $"{path}.{name}");
                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                    Check(list[i], $"{path}[{i}]");
                break;
            case JsonValue value when value.TryGetValue(out string? text):
                CheckText(path, text);
                break;
        }
    }

    public static void CheckText(string path, string text)
    {
        BrokenPromiseException.Unless(text.Length <= 1024, $"{path} has {text.Length} characters");
        var allowsLines = path.EndsWith(".output", StringComparison.Ordinal);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var isBad = (c < ' ' && !(allowsLines && c == '\n')) || c is >= '\u007f' and <= '\u009f' or '\u061c' or (>= '\u200b' and <= '\u200f') or (>= '\u2028' and <= '\u202e') or (>= '\u2060' and <= '\u206f') or '\ufeff'
                || (char.IsHighSurrogate(c) && (i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))) || (char.IsLowSurrogate(c) && (i == 0 || !char.IsHighSurrogate(text[i - 1])));
            if (isBad)
                throw new BrokenPromiseException($"{path} shows the character {((int)c).ToString("x4", CultureInfo.InvariantCulture)}: {Escapes.Of(Encoding.UTF8.GetBytes(text))}");
        }
    }
}
