using System.Globalization;
using System.Text.RegularExpressions;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.Configuration.Services;

/// <summary>What one look found. Anything that does not read as expected makes the whole reading invalid: no part is guessed.</summary>
internal sealed partial record ServiceReading
{
    /// <summary>Why the content could not be read; null if it could.</summary>
    public string? Problem { get; private init; }

    /// <summary>Digest of the content, "sha256:...".</summary>
    public string Digest { get; private init; } = "";

    /// <summary>How many of the files there are.</summary>
    public Presence Presence { get; private init; }

    /// <summary>Another Node that has claimed the content, and the file that says so.</summary>
    public (string Owner, string File)? Claim { get; private init; }

    /// <summary>Whether an operation began to replace the content and came to no end.</summary>
    public bool Unfinished { get; private init; }

    /// <summary>Whether an operation is at work at this moment.</summary>
    public bool Working { get; private init; }

    public static ServiceReading Parse(SshResult result)
    {
        var told = new Told(result.Output);
        var said = JobOutcomes.LastLines(result.Error);
        if (!result.IsSuccess || result.OutputTruncated || told["end"] != "1" || !int.TryParse(told["code"], NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            return new() { Problem = $"The host answered something unexpected: exit code {result.ExitCode}: {said}" };

        var claim = told["claim"]?.Split(' ', 2);
        var reading = new ServiceReading
        {
            Claim = claim is [var owner, var file] ? (owner, file) : null,
            Unfinished = told["unfinished"] is not null,
            Working = told["working"] is not null,
            Presence = told["presence"] switch { "all" => Presence.All, "some" => Presence.Some, _ => Presence.None },
        };
        return code == 0 && Hex().IsMatch(told["digest"] ?? "")
            ? reading with { Digest = $"sha256:{told["digest"]}" }
            : reading with { Problem = $"The content could not be read: {said}" };
    }

    [GeneratedRegex(@"\A[0-9a-f]{64}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Hex();
}

/// <summary>How much of a content is there.</summary>
internal enum Presence
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Some of the files.</summary>
    Some,

    /// <summary>All.</summary>
    All,
}
