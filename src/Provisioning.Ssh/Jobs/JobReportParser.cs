using System.Globalization;
using Provisioning.Api.Text;

namespace Provisioning.Ssh.Jobs;

/// <summary>Reads what the job scripts print. Anything else than exactly that is <see cref="JobState.Unreadable"/>.</summary>
internal static class JobReportParser
{
    private const string LogMark = "log=\n";
    private const string End = "\n" + JobScripts.EndMark + "\n";

    public static JobReport Parse(SshResult result)
    {
        var text = result.Output;
        var logStart = text.StartsWith(LogMark, StringComparison.Ordinal) ? 0 : text.IndexOf("\n" + LogMark, StringComparison.Ordinal) + 1;
        if (!result.IsSuccess || result.OutputTruncated || logStart <= 0 || !text.EndsWith(End, StringComparison.Ordinal) || logStart + LogMark.Length > text.Length - End.Length)
            return Unreadable(result);

        var fields = Fields(text[..logStart]);
        var log = text[(logStart + LogMark.Length)..^End.Length];
        return fields.GetValueOrDefault("state") switch
        {
            "running" or "unborn" => new(JobState.Running) { Progress = fields.GetValueOrDefault("progress", ""), Log = log, StartedNow = Started(fields) },
            "exited" when ExitCode(fields) is { } code => new(JobState.Exited)
            {
                ExitCode = code,
                Progress = fields.GetValueOrDefault("progress", ""),
                Log = log,
                StartedNow = Started(fields),
            },
            "lost" => new(JobState.Lost) { Log = log },
            "fenced" => new(JobState.Fenced) { Detail = fields.GetValueOrDefault("detail", "") },
            "busy" => new(JobState.Busy) { Detail = fields.GetValueOrDefault("detail", "") },
            "unusable" => new(JobState.Unusable) { Detail = $"{fields.GetValueOrDefault("detail", "")} {result.Error}".Trim() },
            _ => Unreadable(result),
        };
    }

    private static Dictionary<string, string> Fields(string head)
    {
        Dictionary<string, string> fields = [];
        foreach (var line in head.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                fields.TryAdd(line[..equals], line[(equals + 1)..]);
        }

        return fields;
    }

    private static int? ExitCode(Dictionary<string, string> fields) =>
        int.TryParse(fields.GetValueOrDefault("code"), NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code <= 255 ? code : null;

    private static bool Started(Dictionary<string, string> fields) => fields.GetValueOrDefault("started") == "1";

    private static JobReport Unreadable(SshResult result)
    {
        var text = $"{result.Error} {result.Output}";
        text = PrintableText.Line(text.Length <= 300 ? text : text[..300]).Trim();
        return new(JobState.Unreadable) { Detail = $"exit code {result.ExitCode}: {text}" };
    }
}
