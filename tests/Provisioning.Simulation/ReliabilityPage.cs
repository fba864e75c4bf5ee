namespace Provisioning.Simulation;

/// <summary>The part of docs/reliability.md that is generated.</summary>
internal static class ReliabilityPage
{
    public const string Begin = "<!-- simulation -->";
    public const string End = "<!-- end of simulation -->";

    public static void Write(string file, string table, string sum)
    {
        var text = File.ReadAllText(file);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
            throw new InvalidOperationException($"{file} has not the lines {Begin} and {End}, between which the table stands.");
        File.WriteAllText(file, $"{text[..begin]}{Begin}\n{sum}\n\n{table}{text[end..]}");
    }
}
