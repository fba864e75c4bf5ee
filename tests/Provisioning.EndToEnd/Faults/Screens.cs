using System.Text.Json.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>What people see of a lab: objects, events, descriptions and the operator's log. Nothing in it acts on a terminal or turns the reading direction.</summary>
internal static class Screens
{
    /// <summary>Judges all of it. As JSON too, since in its tables kubectl itself shows control characters as text.</summary>
    public static async Task AssertHarmlessAsync(Lab lab)
    {
        await AssertStatusHarmlessAsync(lab, status => status);
        await AssertTellingHarmlessAsync(lab);
        foreach (var arguments in (string[][])[["get", "provisioning", "-o", "wide"], ["describe", "pn"], ["get", "events"]])
            AssertHarmless(await lab.Kubectl.RunAsync(arguments), $"kubectl {string.Join(' ', arguments)}");
        await AssertNoSecretAsync(lab);
    }

    /// <summary>Nothing of the private keys of the host and of the guests is told anywhere, neither as they are nor as a Secret holds them; also not to the host itself, as arguments of its programs.</summary>
    public static async Task AssertNoSecretAsync(Lab lab)
    {
        (string Where, string Text)[] places =
        [
            ("the operator's log", lab.Bed.Operator.Output),
            ("/metrics", await lab.Bed.Operator.MetricsAsync()),
            ("the objects", await lab.Kubectl.RunAsync("get", "provisioning", "-o", "json")),
            ("the events", await lab.Kubectl.RunAsync("get", "events", "-o", "json")),
            ("the host's log of commands", await File.ReadAllTextAsync(lab.Host["COMMANDS_LOG"])),
        ];
        foreach (var key in (string[])["CLIENT_KEY", "GUEST_KEY"])
        {
            var marks = await MarksOfAsync(lab.Host[key]);
            foreach (var (where, text) in places)
                Assert.False(marks.Any(mark => text.Contains(mark, StringComparison.Ordinal)), $"{where} holds a part of {key}.");
        }
    }

    /// <summary>The lines of a private key, and lines of the Secret that holds it.</summary>
    private static async Task<List<string>> MarksOfAsync(string file)
    {
        const int length = 48;
        var text = await File.ReadAllTextAsync(file);
        List<string> marks = [.. text.Split('\n').Where(line => line.Length >= length && !line.StartsWith('-')), .. Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text)).Chunk(length).Select(part => new string(part)).Where(part => part.Length == length)];
        Assert.True(marks.Count > 6, $"{file} is no private key.");
        return marks;
    }

    /// <summary>Judges what the operator tells in its own words, where specs hold what a schema would have refused: the rest of a status repeats values of the spec.</summary>
    public static async Task AssertWordsHarmlessAsync(Lab lab)
    {
        await AssertStatusHarmlessAsync(lab, status => status?["conditions"]);
        await AssertTellingHarmlessAsync(lab);
    }

    private static async Task AssertStatusHarmlessAsync(Lab lab, Func<JsonNode?, JsonNode?> part)
    {
        foreach (var item in JsonNode.Parse(await lab.Kubectl.RunAsync("get", "provisioning", "-o", "json"))!["items"]!.AsArray())
            AssertHarmless(part(item!["status"]), $"status of {item["kind"]} {item["metadata"]!["name"]}");
    }

    private static async Task AssertTellingHarmlessAsync(Lab lab)
    {
        AssertHarmless(JsonNode.Parse(await lab.Kubectl.RunAsync("get", "events", "-o", "json")), "events");
        AssertHarmless(lab.Bed.Operator.Output, "the operator's log");
    }

    private static void AssertHarmless(JsonNode? node, string path)
    {
        switch (node)
        {
            case JsonObject item:
                foreach (var (name, value) in item)
                    AssertHarmless(value, $"{path}.{name}");
                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                    AssertHarmless(list[i], $"{path}[{i}]");
                break;
            case JsonValue value when value.TryGetValue(out string? text):
                AssertHarmless(text, path);
                break;
        }
    }

    private static void AssertHarmless(string text, string where)
    {
        var place = text.AsSpan().IndexOfAnyExcept(Harmless);
        Assert.True(place < 0, place < 0 ? "" : $"{where} holds the character {(int)text[place]:x4} at {place}: {JsonValue.Create(text[Math.Max(0, place - 100)..Math.Min(text.Length, place + 100)]).ToJsonString()}");
    }

    private static System.Buffers.SearchValues<char> Harmless { get; } = System.Buffers.SearchValues.Create(
        [.. Enumerable.Range(0, 0x10000).Select(number => (char)number).Where(c =>
            c is '\n' or '\t' || !(char.IsControl(c) || c is '\u061c' or (>= '\u200b' and <= '\u200f') or (>= '\u2028' and <= '\u202e') or (>= '\u2060' and <= '\u206f') or '\ufeff' or '\ufffe' or '\uffff'))]);
}
