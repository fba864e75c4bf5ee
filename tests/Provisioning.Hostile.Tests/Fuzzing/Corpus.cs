using System.Text;

namespace Provisioning.Hostile.Tests.Fuzzing;

/// <summary>The samples of a target: one file each, real answers and hostile ones, in the notation of <see cref="Escapes"/>.</summary>
internal static class Corpus
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Corpus");

    public static IReadOnlyList<byte[]> Of(string target)
    {
        var samples = Directory.EnumerateFiles(Path.Combine(Folder, target), "*.txt").Order(StringComparer.Ordinal).Select(file => Escapes.Bytes(File.ReadAllText(file, Encoding.UTF8))).ToList();
        Assert.True(samples.Count >= 2, $"The corpus of {target} has no samples to begin with.");
        return samples;
    }

    public static IEnumerable<string> Targets() => Directory.EnumerateDirectories(Folder).Select(path => Path.GetFileName(path));
}
