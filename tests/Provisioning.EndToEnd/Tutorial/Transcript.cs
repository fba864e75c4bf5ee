using System.Diagnostics;
using System.Globalization;

namespace Provisioning.EndToEnd.Tutorial;

/// <summary>What was typed and what was printed, as somebody at the terminal would have seen it; in the file that PROVISIONING_TRANSCRIPT names, and with the test.</summary>
internal sealed class Transcript
{
    private static readonly string? Path = Environment.GetEnvironmentVariable("PROVISIONING_TRANSCRIPT");
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>A file was saved.</summary>
    public Task SavedAsync(TutorialPage.Save file) => AddAsync($"(saved {file.Name}, {file.Content.Split('\n').Length - 1} lines)\n");

    /// <summary>A command was run.</summary>
    public Task RanAsync(TutorialPage.Run run, ProgramResult result) =>
        AddAsync(string.Create(CultureInfo.InvariantCulture, $"[{_clock.Elapsed.TotalSeconds,5:0.0} s] $ {run.Command}\n{result.Output}{result.Error}"));

    private static async Task AddAsync(string text)
    {
        TestContext.Current.TestOutputHelper!.WriteLine(text);
        if (!string.IsNullOrEmpty(Path))
            await File.AppendAllTextAsync(Path, text);
    }
}
