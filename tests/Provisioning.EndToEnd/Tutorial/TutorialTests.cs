using System.Text.RegularExpressions;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Tutorial;

/// <summary>The tutorial, done as it is read, on a real API server.</summary>
/// <param name="bed">The bed.</param>
public sealed partial class TutorialTests(TestBed bed) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("provisioning-tutorial-");

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Every_command_of_the_tutorial_prints_what_the_page_says()
    {
        await bed.Operator.StartAsync();
        // A copy, since the reader changes the current namespace.
        var kubeconfig = Path.Combine(_folder.FullName, ".kubeconfig");
        File.Copy(bed.Kubeconfig, kubeconfig);

        var (commands, transcript) = (0, new Transcript());
        foreach (var act in new TutorialPage(SourceTree.File("docs/tutorial.md")).Acts())
        {
            if (act is TutorialPage.Save file)
            {
                await File.WriteAllTextAsync(Path.Combine(_folder.FullName, file.Name), file.Content, TestContext.Current.CancellationToken);
                await transcript.SavedAsync(file);
            }

            if (act is not TutorialPage.Run run)
                continue;
            var result = await Programs.TryAsync("env", ["-C", _folder.FullName, $"KUBECONFIG={kubeconfig}", "bash", "-c", run.Command], limit: Limit, cancellationToken: TestContext.Current.CancellationToken);
            await transcript.RanAsync(run, result);
            Assert.True(result.ExitCode == 0 && Agrees(run.Printed, result.Output), $"docs/tutorial.md, line {run.Line}: $ {run.Command}\nexpected:\n{run.Printed}\nprinted (code {result.ExitCode}):\n{result.Output}{result.Error}");
            commands++;
        }

        Assert.InRange(commands, 30, 100);
    }

    /// <summary>Whether the same was printed: ages and the width of columns differ from run to run, and a line "..." stands for anything.</summary>
    private static bool Agrees(string expected, string printed) =>
        Regex.IsMatch(Plain(printed), "^" + string.Join('\n', Plain(expected).Split('\n').Select(line => line == "..." ? "[\\s\\S]*" : Regex.Escape(line))) + "$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));

    private static string Plain(string text) => string.Join('\n', text.Trim().Split('\n').Select(line => Age().Replace(Blanks().Replace(line, " ").TrimEnd(), " AGE")));

    [GeneratedRegex(" [0-9]+m?[0-9]*s$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Age();

    [GeneratedRegex(" +", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Blanks();
}
