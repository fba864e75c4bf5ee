using System.Text.RegularExpressions;

namespace Provisioning.Observability.Tests.Metrics;

/// <summary>A scrape in the text format: the types of its metrics, and its series.</summary>
internal sealed partial class Scrape
{
    public Scrape(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                var words = line.Split(' ');
                Types[words[2]] = words[3];
            }
            else if (line[0] != '#')
            {
                var match = Line().Match(line);
                Assert.True(match.Success, line);
                var labels = Label().Matches(match.Groups["labels"].Value).ToDictionary(label => label.Groups["name"].Value, label => label.Groups["value"].Value);
                Series.Add((match.Groups["name"].Value, labels, double.Parse(match.Groups["value"].Value, System.Globalization.CultureInfo.InvariantCulture)));
            }
        }
    }

    public Dictionary<string, string> Types { get; } = [];

    public List<(string Name, Dictionary<string, string> Labels, double Value)> Series { get; } = [];

    /// <summary>Sum of the series with these labels.</summary>
    public double Sum(string name, params (string Name, string Value)[] labels)
    {
        var found = Series.Where(series => series.Name == name && labels.All(label => series.Labels.GetValueOrDefault(label.Name) == label.Value)).ToList();
        Assert.True(found.Count > 0, $"There is no series {name} with {string.Join(", ", labels)}.");
        return found.Sum(series => series.Value);
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? (?<value>[^ ]+)( \d+)?$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Line();

    [GeneratedRegex("""(?<name>[a-z_]+)="(?<value>([^"\\]|\\.)*)" ?,?""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();
}
