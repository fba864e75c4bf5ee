namespace Provisioning.Simulation.Commands;

/// <summary>What the program was started with: a command, numbers, and options.</summary>
internal sealed class CommandLine(string[] arguments)
{
    private readonly Dictionary<string, string> _options = arguments.Skip(1).Where(IsOption).Select(argument => argument[2..].Split('=', 2)).ToDictionary(parts => parts[0], parts => parts.ElementAtOrDefault(1) ?? "");

    public IReadOnlyList<string> Arguments => arguments;

    public string Command => arguments.FirstOrDefault() ?? "";

    public IReadOnlyList<int> Numbers { get; } = [.. arguments.Skip(1).Where(argument => int.TryParse(argument, out _)).Select(int.Parse)];

    public string? Mutant => Text("mutant");

    /// <summary>Whether people give Nodes other machines. Seeds that were found before they did mean other runs with that.</summary>
    public bool MovesMachines => !Has("no-moves");

    /// <summary>No new run after this time, once there were as many as <see cref="FewestRuns"/>.</summary>
    public TimeSpan TimeLimit => TimeSpan.FromSeconds(Text("seconds") is { } seconds ? int.Parse(seconds) : 1e6);

    /// <summary>However long they take.</summary>
    public int FewestRuns => int.Parse(Text("fewest") ?? "0");

    public bool Has(string option) => _options.ContainsKey(option);

    public string? Text(string option) => _options.GetValueOrDefault(option);

    private static bool IsOption(string argument) => argument.StartsWith("--", StringComparison.Ordinal);
}
