using System.Text.Json.Nodes;
using Provisioning.Chart.Tests.Bed;

namespace Provisioning.Chart.Tests.Running;

/// <summary>The operator as the chart runs it: its command line, environment, user, root file system and service account.</summary>
/// <param name="release">The release.</param>
public abstract class ReleaseTests(Release release)
{
    /// <summary>The first Node of a fresh installation.</summary>
    [Fact]
    public void The_first_Node_is_Ready_within_a_minute_of_helm_install()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"helm install to the first Node Ready: {release.FirstReady.TotalSeconds:0.0} s");
        Assert.InRange(release.FirstReady, TimeSpan.Zero, TimeSpan.FromSeconds(60));
    }

    /// <summary>The story went on after the change.</summary>
    [Fact]
    public void The_standby_takes_over_when_the_leader_is_told_to_end() => Assert.Equal(2, release.Leaders.Select(holder => holder.Split('_')[0]).Distinct().Count());

    /// <summary>Whatever it asks for it may have.</summary>
    [Fact]
    public void No_right_is_missing() => Assert.DoesNotContain(release.Calls, call => call.Code is 401 or 403);

    /// <summary>Each verb on each resource in each rule: what the story does not need, nobody needs.</summary>
    [Fact]
    public async Task No_right_is_unneeded()
    {
        var used = release.Calls.Select(call => $"{call.Verb} {call.Resource}.{call.Group}").ToHashSet();
        Assert.Empty((await RightsAsync()).Select(right => right.Text).Where(right => !used.Contains(right)).Distinct());
    }

    /// <summary>The border of a tenant.</summary>
    [Fact]
    public void Secrets_and_ConfigMaps_are_read_one_by_one_in_their_namespaces_only() =>
        Assert.All(release.Calls.Where(call => call.Resource is "secrets" or "configmaps"), call => Assert.True(call.Verb == "get" && release.Tenants.Contains(call.Namespace), $"{call}"));

    /// <summary>What a cluster's policy would refuse.</summary>
    [Fact]
    public async Task No_rule_has_a_wildcard_or_lets_Secrets_be_listed()
    {
        var rights = await RightsAsync();
        Assert.DoesNotContain(rights, right => right.Text.Contains('*', StringComparison.Ordinal));
        Assert.Equal(["get secrets."], rights.Select(right => right.Text).Where(text => text.EndsWith(" secrets.", StringComparison.Ordinal)).Distinct());
    }

    /// <summary>In the log a person would look for what is wrong; as text or as JSON.</summary>
    [Fact]
    public void Nothing_is_logged_as_an_error()
    {
        Assert.Contains("leads now", release.Log, StringComparison.Ordinal);
        string[] words = [" fail: ", " crit: ", "\"LogLevel\":\"Error\"", "\"LogLevel\":\"Critical\""];
        Assert.DoesNotContain(release.Log.Split('\n'), line => words.Any(word => line.Contains(word, StringComparison.Ordinal)));
    }

    /// <summary>All rights that are bound to the service account, with the namespace of the binding; empty: the whole cluster.</summary>
    protected async Task<IReadOnlyList<(string Text, string Namespace)>> RightsAsync()
    {
        var objects = JsonNode.Parse(await release.Cluster.Kubectl(release.Name).RunAsync("get", "clusterroles,clusterrolebindings,roles,rolebindings", "--all-namespaces", "-o", "json"))!["items"]!.AsArray();
        List<(string, string)> rights = [];
        foreach (var binding in objects.Where(item => $"{item!["kind"]}".EndsWith("Binding", StringComparison.Ordinal)))
        {
            if (binding!["subjects"]?.AsArray().Any(subject => (string?)subject!["kind"] == "ServiceAccount" && (string?)subject["namespace"] == release.Name) != true)
                continue;
            var place = (string?)binding["metadata"]!["namespace"] ?? "";
            var role = objects.Single(item => (string)item!["kind"]! == (string)binding["roleRef"]!["kind"]! && (string)item["metadata"]!["name"]! == (string)binding["roleRef"]!["name"]!
                && ((string?)item["metadata"]!["namespace"] ?? "") == ((string)binding["roleRef"]!["kind"]! == "Role" ? place : ""))!;
            foreach (var rule in role["rules"]!.AsArray())
            {
                rights.AddRange(
                    from verb in rule!["verbs"]!.AsArray()
                    from resource in rule["resources"]!.AsArray()
                    from @group in rule["apiGroups"]!.AsArray()
                    select ($"{verb} {resource}.{@group}", place));
            }
        }

        Assert.NotEmpty(rights);
        return rights;
    }
}
