using System.Globalization;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Ssh;

namespace Provisioning.Engines.XCat.Hosts;

/// <summary>What one run of the look script said about many nodes. Pure.</summary>
internal sealed class LookAnswer
{
    private readonly Dictionary<string, NodeReading> _readings = [];

    private LookAnswer()
    {
    }

    /// <summary>The readings by node, without those in <see cref="Unread"/>.</summary>
    public IReadOnlyDictionary<string, NodeReading> Readings => _readings;

    /// <summary>Nodes that were not read because xCAT refused the whole list over a name that it does not know.</summary>
    public IReadOnlyList<string> Unread { get; private set; } = [];

    public static LookAnswer Parse(SshResult result, string mark, IReadOnlyList<string> nodes)
    {
        var answer = new LookAnswer();
        var (output, error) = (Sections(result.Output, mark), Sections(result.Error, mark));
        if (!result.IsSuccess || result.OutputTruncated || !output.ContainsKey("done") || !output.TryGetValue("power", out var powerText) || !output.TryGetValue("definition", out var definitionText))
        {
            var problem = $"The management node answered something unexpected (exit code {result.ExitCode}): {Excerpts.Of(result.Error + " " + result.Output)}";
            foreach (var node in nodes)
                answer._readings[node] = new() { Problem = problem, Power = PowerReading.Unknown(Reasons.UnexpectedAnswer, problem) };
            return answer;
        }

        var power = XCatReply.Parse(powerText, error.GetValueOrDefault("power", ""));
        var definition = XCatReply.Parse(definitionText, error.GetValueOrDefault("definition", ""));
        var missing = Missing(power, definition).ToHashSet();
        // Whatever name was complained of: there was only this one.
        if (power.UnknownNodes is not null && nodes is [var only])
            missing.Add(only);
        if (power.UnknownNodes is not null)
            answer.Unread = [.. nodes.Where(node => !missing.Contains(node))];
        foreach (var node in nodes.Except(answer.Unread))
            answer._readings[node] = WithFiles(Read(node, power, definition, missing.Contains(node), output), output.GetValueOrDefault("files-" + node, ""));
        return answer;
    }

    private static IEnumerable<string> Missing(XCatReply power, XCatReply definition) =>
        [.. power.UnknownNodes ?? [], .. definition.UnknownNodes ?? [], .. definition.Errors.Select(XCatErrors.MissingObject).OfType<string>()];

    private static NodeReading Read(string node, XCatReply power, XCatReply definition, bool isMissing, Dictionary<string, string> output)
    {
        if (isMissing)
            return new() { IsUndefined = true, Power = PowerReading.Unknown(Reasons.MachineMissing, Undefined(node)) };
        var attributes = NodeDefinition.Parse(definition.Of(node));
        var reading = PowerAnswers.Read(node, power.Of(node));
        if (power.Of(node) == NodeAnswer.Silence && GeneralProblem(power, output.GetValueOrDefault("power-code")) is { } general)
            reading = PowerReading.Unknown(Reasons.CommandFailed, $"rpower could not read the power of {node}: {general}");
        return attributes is null
            ? new() { Power = reading, Problem = $"lsdef says nothing about the node {node}: {GeneralProblem(definition, output.GetValueOrDefault("definition-code")) ?? Excerpts.Of(definition.Of(node).Error ?? "no line of it")}" }
            : new() { Power = reading, Definition = attributes };
    }

    public static string Undefined(string node) => $"xCAT on the management node has no node {node}. Define it there with mkdef, or name another one in spec.machineName of the Node.";

    private static string? GeneralProblem(XCatReply reply, string? code) =>
        reply.Errors.Count > 0 ? Excerpts.Of(string.Join("; ", reply.Errors)) : code == "124" ? "the command did not end in time" : null;

    private static NodeReading WithFiles(NodeReading reading, string files)
    {
        List<string> seen = [];
        foreach (var words in files.Split('\n').Select(line => line.Split(' ', 2)).Where(words => words.Length == 2 && words[1].Length > 0))
        {
            switch (words[0])
            {
                case "owner":
                    reading = reading with { Owner = words[1] };
                    break;
                case "deployment":
                    reading = reading with { Deployment = words[1] };
                    break;
                case "seen":
                    seen.Add(words[1]);
                    break;
                case "record" when NodeRecord.Parse(words[1]) is { } record:
                    reading = reading with { Record = record };
                    break;
                case "record":
                    reading = reading with { Problem = reading.Problem ?? $"the record on the management node is not one of this product: {Excerpts.Of(words[1])}" };
                    break;
            }
        }

        return reading with { Seen = seen };
    }

    /// <summary>The mark is random, so that nothing that a command prints can look like a section.</summary>
    private static Dictionary<string, string> Sections(string text, string mark)
    {
        Dictionary<string, string> sections = [];
        foreach (var part in ("\n" + text).Split("\n" + mark + " ").Skip(1))
        {
            var lineEnd = part.IndexOf('\n', StringComparison.Ordinal);
            var head = (lineEnd < 0 ? part : part[..lineEnd]).Split(' ');
            sections[head[0]] = lineEnd < 0 ? "" : part[(lineEnd + 1)..];
            if (head.Length == 2 && int.TryParse(head[1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
                sections[head[0]] = head[1];
        }

        return sections;
    }
}
