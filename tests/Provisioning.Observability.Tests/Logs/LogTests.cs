using System.Text.Json.Nodes;
using Provisioning.Observability.Tests.Support;

namespace Provisioning.Observability.Tests.Logs;

public sealed class LogTests(ObservedOperator observed)
{
    [Fact]
    public void Every_line_is_one_json_object_with_time_level_logger_event_and_message()
    {
        Assert.NotEmpty(observed.Lines);
        Assert.All(observed.Lines, line =>
        {
            var json = JsonNode.Parse(line)!.AsObject();
            Assert.Matches("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z$", (string)json["ts"]!);
            Assert.Contains((string)json["level"]!, (string[])["debug", "info", "warn", "error"]);
            Assert.StartsWith("Provisioning.", (string)json["logger"]!, StringComparison.Ordinal);
            Assert.InRange((int)json["event"]!, 1, 9999);
            Assert.NotEmpty((string)json["msg"]!);
            Assert.DoesNotContain(json, pair => pair.Key.StartsWith('@') || pair.Key.Contains("OriginalFormat", StringComparison.Ordinal));
        });
    }

    [Fact]
    public void A_load_is_told_by_its_beginning_its_end_and_the_node_that_is_ready_once_each()
    {
        var lines = Of("lab/n1").Where(line => (string?)line["level"] == "info").ToList();
        Assert.Equal([2001, 2003, 2009], lines.Select(line => (int)line["event"]!).Where(line => line is 2001 or 2003 or 2009).Take(3));
        var ids = lines.Where(line => (int)line["event"]! == 2001).Select(line => (string?)line["operationId"]).ToList();
        Assert.Equal(ids.Distinct(), ids);
        var (began, ended) = (lines.First(line => (int)line["event"]! == 2001), lines.First(line => (int)line["event"]! == 2003));
        Assert.Equal(("Load", "debian", 1), ((string?)began["kind"], (string?)began["target"], (int)began["attempt"]!));
        Assert.Equal((string?)began["operationId"], (string?)ended["operationId"]);
    }

    [Fact]
    public void A_node_that_waits_for_a_person_says_what_to_do_once()
    {
        var line = Assert.Single(Of("lab/n3"), line => (int)line["event"]! == 2007);
        Assert.Equal(("warn", "ImageNotFound"), ((string?)line["level"], (string?)line["reason"]));
        Assert.Contains("spec.imageRef", (string?)line["remedy"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_of_a_reconcile_names_its_controller_object_and_trace()
    {
        var line = Of("lab/n1").First(line => (int)line["event"]! == 2001);
        Assert.Equal(("node", "lab", "n1"), ((string?)line["controller"], (string?)line["namespace"], (string?)line["name"]));
        Assert.Matches("^[0-9a-f]{32}$", (string?)line["trace_id"]);
        Assert.NotNull(line["reconcileId"]);
    }

    [Fact]
    public void Steps_are_told_at_debug_level_only() =>
        Assert.Equal(["debug"], Of("lab/n1").Where(line => (int)line["event"]! == 2002).Select(line => (string)line["level"]!).Distinct());

    [Fact]
    public void Images_captures_and_provisioners_are_told_when_they_are_ready()
    {
        var ready = Parsed().Where(line => (int)line["event"]! == 2020 && (string?)line["state"] == "ready").Select(line => $"{line["kind"]} {line["name"]}").ToHashSet();
        Assert.Superset(new HashSet<string> { "Image debian", "Provisioner room" }, ready);
    }

    [Fact]
    public void The_first_line_says_what_runs_and_how() => Assert.Equal(2100, (int)Parsed().First()["event"]!);

    [Fact]
    public void Nothing_of_a_secret_is_told() => Assert.DoesNotContain(observed.Lines, line => line.Contains(ObservedOperator.Password, StringComparison.Ordinal));

    private IEnumerable<JsonObject> Parsed() => observed.Lines.Select(line => JsonNode.Parse(line)!.AsObject());

    private IEnumerable<JsonObject> Of(string node) => Parsed().Where(line => (string?)line["node"] == node);
}
