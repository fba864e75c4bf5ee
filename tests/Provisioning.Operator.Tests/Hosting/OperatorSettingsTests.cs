using Microsoft.Extensions.Logging;
using Provisioning.Operator.Hosting;

namespace Provisioning.Operator.Tests.Hosting;

public sealed class OperatorSettingsTests
{
    [Fact]
    public void Arguments_win_over_variables()
    {
        var settings = Parse(["--watch-namespace=lab", "--concurrency=7", "--leader-election"], ("PROVISIONING_WATCH_NAMESPACE", "other"), ("PROVISIONING_LEASE_NAMESPACE", "system"));
        Assert.Equal(("lab", 7, true, "system", null), (Assert.Single(settings.WatchNamespaces), settings.Concurrency, settings.LeaderElection, settings.LeaseNamespace, settings.Kubeconfig));
    }

    [Fact]
    public void Several_namespaces_are_separated_by_commas() => Assert.Equal(["lab", "rack-2"], Parse(["--watch-namespace=lab, rack-2,lab,"]).WatchNamespaces);

    [Fact]
    public void No_namespace_means_all() => Assert.Empty(Parse(["--watch-namespace="]).WatchNamespaces);

    [Fact]
    public void The_lease_has_a_name_of_its_own_when_two_operators_share_a_namespace() =>
        Assert.Equal(("provisioning-operator", "lab"), (Parse([]).LeaseName, Parse(["--lease-name=lab"]).LeaseName));

    [Theory]
    [InlineData("--watch-namespace=lab;other")]
    [InlineData("--watch-namespace=Lab")]
    [InlineData("--lease-name=")]
    [InlineData("--lease-name")]
    [InlineData("--concurency=7")]
    [InlineData("watch-namespace=lab")]
    [InlineData("--kubeconfig")]
    [InlineData("--watch-namespace")]
    [InlineData("--listen")]
    [InlineData("--concurrency=0")]
    [InlineData("--concurrency=many")]
    [InlineData("--leader-election=yes")]
    [InlineData("--listen=:8081")]
    [InlineData("--log-format=xml")]
    [InlineData("--log-format")]
    [InlineData("--log-level=loud")]
    [InlineData("--log-level=2")]
    [InlineData("--log-level=none")]
    [InlineData("")]
    public void What_cannot_be_used_is_an_error_that_names_it(string argument) =>
        Assert.Contains(argument, Assert.Throws<ArgumentException>(() => Parse([argument])).Message, StringComparison.Ordinal);

    [Fact]
    public void Logs_are_text_at_information_level_unless_told_otherwise()
    {
        var (plain, told) = (Parse([]), Parse(["--log-format=json", "--log-level=debug"]));
        Assert.Equal((LogFormat.Text, LogLevel.Information, LogFormat.Json, LogLevel.Debug), (plain.LogFormat, plain.LogLevel, told.LogFormat, told.LogLevel));
    }

    [Fact]
    public void A_bad_variable_is_named() =>
        Assert.Contains("PROVISIONING_CONCURRENCY", Assert.Throws<ArgumentException>(() => Parse([], ("PROVISIONING_CONCURRENCY", "x"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Variables_that_kubernetes_sets_for_a_service_of_this_name_do_no_harm() =>
        Assert.Equal(64, Parse([], ("PROVISIONING_OPERATOR_SERVICE_HOST", "10.0.0.1"), ("HOME", "/root")).Concurrency);

    [Fact]
    public void An_empty_kubeconfig_is_none() => Assert.Null(Parse([], ("PROVISIONING_KUBECONFIG", "")).Kubeconfig);

    private static OperatorSettings Parse(string[] arguments, params (string Name, string Value)[] environment) =>
        OperatorSettings.Parse(arguments, environment.ToDictionary(pair => pair.Name, pair => pair.Value));
}
