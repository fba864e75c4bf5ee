namespace Provisioning.Ssh.Jobs;

/// <summary>What a look at a job found.</summary>
/// <param name="State">How far it is.</param>
public sealed record JobReport(JobState State)
{
    /// <summary>Exit code, if exited.</summary>
    public int ExitCode { get; init; }

    /// <summary>The last line of progress that the script wrote; empty if none.</summary>
    public string Progress { get; init; } = "";

    /// <summary>The end of what the script printed, at most 16 KiB.</summary>
    public string Log { get; init; } = "";

    /// <summary>Whether this call started it.</summary>
    public bool StartedNow { get; init; }

    /// <summary>For the states that are refusals: why, for people.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Whether it ended with exit code 0.</summary>
    public bool Succeeded => State == JobState.Exited && ExitCode == 0;
}

/// <summary>States of a job.</summary>
public enum JobState
{
    /// <summary>The answer could not be read. Nothing is known; ask again.</summary>
    Unreadable,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It ended with an exit code.</summary>
    Exited,

    /// <summary>It was started, and is gone without an exit code: whether it took effect is not known.</summary>
    Lost,

    /// <summary>Refused: a newer operation has taken over, or this one was abandoned. Nothing was done.</summary>
    Fenced,

    /// <summary>Somebody else is at work on the same machine, or an older job does not end. Nothing was done; ask again.</summary>
    Busy,

    /// <summary>The directory cannot be used. Nothing was done.</summary>
    Unusable,
}
