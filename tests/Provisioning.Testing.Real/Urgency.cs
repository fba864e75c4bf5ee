namespace Provisioning.Testing.Real;

/// <summary>
/// What is promised in seconds is promised of a machine that has little else to do. In a test run it has, so the programs that such a promise is about take precedence over all others. Needs the right
/// to do so (root's); without it they run like any other.
/// </summary>
public static class Urgency
{
    private const string Niceness = "-15";

    /// <summary>Goes before a program and its arguments.</summary>
    public static IReadOnlyList<string> Launcher { get; } = ["/usr/bin/nice", "-n", Niceness];

    /// <summary>Raises a daemon: the kernel shares processors among sessions first, and a daemon has one of its own.</summary>
    /// <param name="pidFile">File with its process id.</param>
    public static async Task RaiseSessionOfAsync(string pidFile)
    {
        var group = $"/proc/{(await File.ReadAllTextAsync(pidFile)).Trim()}/autogroup";
        try
        {
            await File.WriteAllTextAsync(group, Niceness);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // This kernel does not group by sessions, or we may not.
        }
    }
}
