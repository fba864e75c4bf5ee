namespace Provisioning.Benchmarks.Results;

/// <summary>Measured figures by name, kept in a file of lines NAME, tabulator, VALUE.</summary>
internal sealed class Figures(string file)
{
    private readonly List<string> _lines = [];

    /// <summary>Adds a figure and shows it.</summary>
    public void Add(string name, string value)
    {
        Console.WriteLine($"  {name,-34} {value}");
        _lines.Add($"{name}\t{value}");
        File.WriteAllLines(file, _lines);
    }

    /// <summary>Adds a number with as many digits as mean something.</summary>
    public void Add(string name, double value, string unit) =>
        Add(name, $"{(Math.Abs(value) >= 100 ? Math.Round(value) : Math.Round(value, Math.Abs(value) >= 10 ? 1 : 2))} {unit}".TrimEnd());

    public static IReadOnlyDictionary<string, string> Read(string file) =>
        File.Exists(file) ? File.ReadLines(file).Select(line => line.Split('\t', 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal) : new Dictionary<string, string>();
}
