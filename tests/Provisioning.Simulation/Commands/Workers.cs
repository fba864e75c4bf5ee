using System.Diagnostics;

namespace Provisioning.Simulation.Commands;

/// <summary>
/// Runs the program again, several times at once: a world needs the only thread of a thread pool, so more than one core takes more than one process. Each does every nth of what is to be done.
/// </summary>
internal static class Workers
{
    private const string Share = "share";
    private const string Done = "the share is done: ";

    /// <summary>Which share this process has, and of how many.</summary>
    public static (int Number, int Of) ShareOf(CommandLine line) =>
        line.Text(Share)?.Split('/') is [var number, var of] ? (int.Parse(number), int.Parse(of)) : (0, 1);

    /// <summary>Whether this process does a share of another one's work.</summary>
    public static bool IsWorker(CommandLine line) => line.Has(Share);

    /// <summary>
    /// Tells that the share of this process is done, and how: true if all is well. Its exit code does not count: operators of worlds that are over set it, whenever they come to their end.
    /// </summary>
    public static int Finish(bool isWell)
    {
        Console.WriteLine($"{Done}{isWell}");
        return isWell ? 0 : 1;
    }

    /// <summary>Lets all shares be done; each line of their output is given on as it comes. Answers with whether to go on.</summary>
    public static async Task<bool> RunAsync(CommandLine line, Func<string, bool> take)
    {
        var count = line.Text("processes") is { } wanted ? int.Parse(wanted) : Environment.ProcessorCount;
        var well = 0;
        List<Process> processes = [.. Enumerable.Range(0, count).Select(i => Start([.. line.Arguments, $"--{Share}={i}/{count}"]))];
        try
        {
            await Task.WhenAll(processes.Select(ReadAsync));
            return well == count;
        }
        finally
        {
            processes.ForEach(process => process.Dispose());
        }

        async Task ReadAsync(Process process)
        {
            while (await process.StandardOutput.ReadLineAsync() is { } text)
            {
                bool goesOn;
                lock (processes)
                {
                    goesOn = text.StartsWith(Done, StringComparison.Ordinal) || take(text);
                    if (text == $"{Done}{true}")
                        well++;
                }

                if (!goesOn)
                    processes.ForEach(other => other.Kill());
            }

            await process.WaitForExitAsync();
        }
    }

    private static Process Start(IReadOnlyList<string> arguments) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
}
