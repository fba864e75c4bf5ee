namespace Provisioning.Cli;

/// <summary>Exit codes. Every command gives 0 or 1; only plan gives the others.</summary>
internal static class ExitCodes
{
    /// <summary>Done; for plan: nothing would change on a machine.</summary>
    public const int Done = 0;

    /// <summary>An error, a wait that failed, or a question that was answered with no.</summary>
    public const int Failed = 1;

    /// <summary>Machines would be changed, and nothing would be lost.</summary>
    public const int Changes = 2;

    /// <summary>Something on a machine would be lost.</summary>
    public const int Destroys = 3;
}
