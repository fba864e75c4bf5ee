using System.Globalization;

namespace Provisioning.Testing.Real;

/// <summary>Groups of processes as the kernel knows them. A signal is only the beginning of an end: on a busy machine the processes that it is for live on for a while.</summary>
public static class ProcessGroups
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Ends all processes of a group, and waits until none of them runs.</summary>
    /// <param name="group">Number of the group: the id of its leader.</param>
    public static async Task KillAsync(int group)
    {
        (await Programs.SignalAsync(-group, "KILL")).Succeeded();
        await UntilGoneAsync(group);
    }

    /// <summary>Waits until no process of a group runs. The dead that their parent has not seen to yet do not.</summary>
    /// <param name="group">Number of the group.</param>
    public static async Task UntilGoneAsync(int group)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (Runs(group))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Patience, $"The process group {group} still runs after {Patience}.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private static bool Runs(int group) => Directory.EnumerateDirectories("/proc")
        .Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0]))
        .Select(path => Stat(Path.Combine(path, "stat")))
        .Any(stat => stat is [not ("Z" or "X"), _, var own, ..] && int.Parse(own, CultureInfo.InvariantCulture) == group);

    /// <summary>State, parent, group and so on; nothing of a process that is gone.</summary>
    private static string[] Stat(string path)
    {
        try
        {
            return File.ReadAllText(path).Split(") ")[^1].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }
}
