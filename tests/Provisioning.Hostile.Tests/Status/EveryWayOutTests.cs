using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Text;
using Provisioning.Core.Status;
using Provisioning.Engines.Operations;
using Provisioning.Hostile.Tests.Fuzzing;
using Provisioning.Hostile.Tests.Targets;
using Provisioning.Kubernetes.Events;
using Provisioning.Operator.Hosting;

namespace Provisioning.Hostile.Tests.Status;

/// <summary>Whatever an engine hands on, nothing that acts on a terminal reaches a status, an event or the log, and nothing longer than the schema takes.</summary>
public sealed class EveryWayOutTests
{
    private static readonly string Hostile = "a\u001b[2J\u001b]0;owned\a\u202eb\u200b\u2028\ud800\r\nc\0" + new string('x', 5000) + "\ud83d\ude00";

    [Fact]
    public void What_is_seen_of_a_machine()
    {
        var observation = Filled(new Observation { Time = DateTimeOffset.UnixEpoch });
        Assert.Contains("\u001b", observation.EngineState!, StringComparison.Ordinal);
        Promises.StatusIsClean(observation);
    }

    [Theory]
    [InlineData(OperationPhase.Running)]
    [InlineData(OperationPhase.Failed)]
    [InlineData(OperationPhase.Succeeded)]
    public void What_becomes_of_an_operation(OperationPhase phase)
    {
        var outcome = phase switch
        {
            OperationPhase.Running => OperationOutcome.Running("Step", Hostile),
            OperationPhase.Failed => OperationOutcome.Failed(Reasons.CommandFailed, Hostile),
            _ => OperationOutcome.Succeeded(Hostile),
        };
        var hook = new StepReport { Name = "hook-x", Result = StepResult.Failed, Message = Hostile, Output = Hostile };
        OperationStatuses.Check(outcome with { Steps = [hook], SshHostKeys = [Hostile, "ssh-ed25519 AAAA"] }, OperationKind.Load);
    }

    [Fact]
    public void Conditions_of_whatever_kind()
    {
        var conditions = new ConditionSet([], 1, DateTimeOffset.UnixEpoch).Set("Ready", Api.Meta.ConditionStatus.False, Reasons.UnexpectedAnswer, Hostile).Conditions;
        CleanJson.Check(JsonSerializer.SerializeToNode(new NodeStatus { Conditions = conditions }, ApiJsonContext.Default.NodeStatus));
    }

    [Fact]
    public void Events()
    {
        var note = EventObjects.Cut(Hostile);
        CleanJson.CheckText("note", note);
        Assert.True(System.Text.Encoding.UTF8.GetByteCount(note) <= EventObjects.MaxNoteBytes);
    }

    [Fact]
    public void The_log()
    {
        var written = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Warning, "category", new EventId(7), Hostile[..200], new InvalidOperationException(Hostile[..40]), static (state, _) => state);
        new PlainConsoleFormatter(TimeProvider.System).Write(entry, null, written);

        var line = written.ToString();
        Assert.Contains("warn: category[7] a", line, StringComparison.Ordinal);
        Assert.EndsWith(Environment.NewLine, line, StringComparison.Ordinal);
        CleanJson.CheckText("log", line[..Math.Min(1000, line.Length - Environment.NewLine.Length)]);
    }

    [Fact]
    public void Ordinary_text_stays_as_it_is()
    {
        const string text = "Größe 10 MiB — 東京 \ud83d\ude00 'quoted' $(not run)";
        Assert.Same(text, PrintableText.Line(text));
        Assert.Equal("a b", PrintableText.Line("a\nb"));
        Assert.Equal("a\nb", PrintableText.Lines("a\nb"));
    }

    /// <summary>A record with every text in it hostile, also those of its parts.</summary>
    private static Observation Filled(Observation observation)
    {
        object copy = observation;
        foreach (var property in typeof(Observation).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is not null))
        {
            object? value = property.PropertyType switch
            {
                var type when type == typeof(string) && property.Name != nameof(Observation.ContentsDigest) => Hostile,
                var type when type == typeof(Fact) => Fact.Unknown(Reasons.UnexpectedAnswer, Hostile),
                var type when type == typeof(PowerReading) => PowerReading.Unknown(Reasons.UnexpectedAnswer, Hostile),
                var type when type == typeof(CurrentImageReading) => CurrentImageReading.Image(Hostile, Hostile, Hostile),
                _ => null,
            };
            if (value is not null)
                property.SetValue(copy, value);
        }

        return (Observation)copy;
    }
}
