using System.Text;

namespace Provisioning.OperatingSystems.Linux;

/// <summary>The shell scripts, as they are sent: each begins with what is common to all.</summary>
internal static class LinuxScripts
{
    public static string Observe { get; } = Read("common", "public-keys", "observe");

    public static string Step(string name) => Read("common", name);

    public static string JobStep(string name) => Read("common", "jobs", name);

    public static string HostKeyStep(string name) => Read("common", "public-keys", name);

    private static string Read(params ReadOnlySpan<string> names)
    {
        var script = new StringBuilder();
        foreach (var name in names)
        {
            using var stream = typeof(LinuxScripts).Assembly.GetManifestResourceStream($"{name}.sh")
                ?? throw new InvalidOperationException($"The script {name}.sh is not in the program.");
            using var reader = new StreamReader(stream, Encoding.UTF8);
            script.Append(reader.ReadToEnd());
        }

        return script.ToString();
    }
}
