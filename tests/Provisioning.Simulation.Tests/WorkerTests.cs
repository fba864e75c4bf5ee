using System.Diagnostics;
using System.Globalization;

namespace Provisioning.Simulation.Tests;

/// <summary>A share of the runs that was not run has not been survived.</summary>
public sealed class WorkerTests
{
    [Theory]
    [InlineData]
    [InlineData("--first-failure")]
    public async Task A_worker_that_dies_fails_the_whole(params string[] options)
    {
        using var program = Process.Start(new ProcessStartInfo(Simulation.Program, ["many", "1", "100000", "--seconds=8", "--processes=2", .. options]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var worker = await FirstChildAsync(program.Id);
        worker.Kill();
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("0 runs failed", await output);
        Assert.Equal(1, program.ExitCode);
    }

    private static async Task<Process> FirstChildAsync(int parent)
    {
        // Of the one process only: to look at all of them takes longer than the runs, on a busy machine.
        for (; ; await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken))
        {
            if (Children(parent).FirstOrDefault() is { } child)
                return Process.GetProcessById(int.Parse(child, CultureInfo.InvariantCulture));
        }
    }

    private static IEnumerable<string> Children(int parent) => Directory.EnumerateDirectories($"/proc/{parent}/task").SelectMany(thread => ReadOrNothing(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string ReadOrNothing(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            // The thread has ended in the meantime.
            return "";
        }
    }
}
