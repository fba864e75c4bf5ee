using System.Text;

namespace Provisioning.OperatingSystems.Windows;

/// <summary>The PowerShell scripts as they are sent: what is common to all, the function of the step, and what runs it and answers.</summary>
internal static class WindowsScripts
{
    public static string Observe { get; } = Read("common", "public-keys", "observe", "answer");

    public static string Step(string name) => Read("common", name, "answer");

    public static string KeyStep(string name) => Read("common", "public-keys", name, "answer");

    /// <summary>The programs of a job are run by a script of its own, which the step writes beside them.</summary>
    public static string JobStep(string name) => Read("common", "jobs", name, "answer").Replace("@RUNNER@", Convert.ToBase64String(Encoding.UTF8.GetBytes(Read("runner"))), StringComparison.Ordinal);

    private static string Read(params ReadOnlySpan<string> names)
    {
        var script = new StringBuilder();
        foreach (var name in names)
        {
            using var stream = typeof(WindowsScripts).Assembly.GetManifestResourceStream($"{name}.ps1")
                ?? throw new InvalidOperationException($"The script {name}.ps1 is not in the program.");
            using var reader = new StreamReader(stream, Encoding.UTF8);
            script.Append(reader.ReadToEnd()).Append('\n');
        }

        return script.ToString();
    }
}
