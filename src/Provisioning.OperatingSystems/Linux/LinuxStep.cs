namespace Provisioning.OperatingSystems.Linux;

/// <summary>One step inside a Linux machine.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Purpose">What it is for, a sentence for people.</param>
/// <param name="Script">The constant POSIX shell script; values reach it as positional arguments alone.</param>
/// <param name="Fatal">Whether its failure ends the list and fails the operation. The failure of any other step is reported, and the list goes on.</param>
/// <param name="Timeout">Longest time.</param>
internal sealed record LinuxStep(string Name, string Purpose, string Script, bool Fatal, TimeSpan Timeout)
{
    /// <summary>What the step does to currentimage.txt; the new contents go to the script's standard input.</summary>
    public CurrentImageEdit Edit { get; init; }

    /// <summary>Whether it changes the machine's SSH host keys.</summary>
    public bool ChangesHostKeys { get; init; }
}

/// <summary>Edits of currentimage.txt.</summary>
internal enum CurrentImageEdit
{
    None,
    NameCapture,
    NameLoaded,
    MarkConfigured,
}
