using System.Diagnostics;

namespace Provisioning.Simulation.Tests;

/// <summary>A share of the runs that was not run has not been survived.</summary>
public sealed class WorkerTests
{
    [Theory]
    [InlineData]
    [InlineData("--first-failure")]
    public async Task A_worker_that_dies_fails_the_whole(params string[] options)
    {
        using var program = Process.Start(new ProcessStartInfo(Simulation.Program, ["many", "1", "100000", "--seconds=3", "--processes=2", .. options]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var worker = await FirstChildAsync(program.Id);
        worker.Kill();
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("0 runs failed", await output);
        Assert.Equal(1, program.ExitCode);
    }

    private static async Task<Process> FirstChildAsync(int parent)
    {
        for (; ; await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken))
        {
            if (Process.GetProcesses().FirstOrDefault(process => ParentOf(process.Id) == parent) is { } child)
                return child;
        }
    }

    private static int ParentOf(int id)
    {
        try
        {
            // The name, in brackets, may hold anything; after it come the state and the parent.
            return int.Parse(File.ReadAllText($"/proc/{id}/stat").Split(')')[^1].Split(' ')[2]);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
