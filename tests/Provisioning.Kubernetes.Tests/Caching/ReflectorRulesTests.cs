using Provisioning.Kubernetes.Caching;

namespace Provisioning.Kubernetes.Tests.Caching;

public sealed class ReflectorRulesTests
{
    [Fact]
    public void A_failure_is_told_with_its_cause() => Assert.Equal(
        "The SSL connection could not be established, see inner exception. The remote certificate is of somebody else.",
        ReflectorRules.Reason(new HttpRequestException("The SSL connection could not be established, see inner exception.", new IOException("TLS.", new InvalidDataException("The remote certificate is of somebody else.")))));

    [Fact]
    public void A_cause_that_was_told_is_not_told_twice() =>
        Assert.Equal("No route to host (127.0.0.1:1)", ReflectorRules.Reason(new HttpRequestException("No route to host (127.0.0.1:1)", new IOException("No route to host"))));
}
