using Provisioning.Engines.Remote.Hosts;

namespace Provisioning.Engines.Configuration.Services;

/// <summary>What a script printed: lines "::word value" for the engine, and the rest, which commands of the Provisioner said.</summary>
internal sealed class Told
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public Told(string output)
    {
        List<string> before = [], after = [];
        var said = before;
        foreach (var line in output.Split('\n'))
        {
            if (line == "::cause")
                said = after;
            else if (line.StartsWith("::", StringComparison.Ordinal) && line.IndexOf(' ', StringComparison.Ordinal) is > 2 and var space)
                // A command could print such lines too: the script's own are the last.
                _values[line[2..space]] = line[(space + 1)..];
            else
                said.Add(line);
        }

        Said = JobOutcomes.LastLines(string.Join('\n', before).Trim());
        SaidOnTheWayBack = JobOutcomes.LastLines(string.Join('\n', after).Trim());
    }

    /// <summary>What was said about the failure: bounded, one line.</summary>
    public string Said { get; }

    /// <summary>What was said while the content from before was put back; empty if that went well.</summary>
    public string SaidOnTheWayBack { get; }

    public string? this[string word] => _values.GetValueOrDefault(word);
}
