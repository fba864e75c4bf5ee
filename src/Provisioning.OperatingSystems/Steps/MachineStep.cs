namespace Provisioning.OperatingSystems.Steps;

/// <summary>One step inside a machine.</summary>
/// <param name="Name">Its name in reports and policies.</param>
/// <param name="Purpose">What it is for, a sentence for people.</param>
/// <param name="Script">The constant script; values reach it as arguments alone.</param>
/// <param name="Fatal">
/// Whether its failure ends the list and fails the operation, unless the Node's policy says otherwise. The failure of any other step is reported, and the list goes on.
/// </param>
/// <param name="Timeout">Longest time.</param>
internal sealed record MachineStep(string Name, string Purpose, string Script, bool Fatal, TimeSpan Timeout)
{
    /// <summary>What the step does to currentimage.txt; the new contents are the script's input.</summary>
    public CurrentImageEdit Edit { get; init; }

    /// <summary>Whether it changes the machine's SSH host keys.</summary>
    public bool ChangesHostKeys { get; init; }

    /// <summary>Whether the hooks of the Node follow it.</summary>
    public bool HooksFollow { get; init; }
}

/// <summary>Edits of currentimage.txt.</summary>
internal enum CurrentImageEdit
{
    None,
    NameCapture,
    NameLoaded,
    MarkConfigured,
}
