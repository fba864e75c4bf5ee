using Provisioning.Observability.Tests.Support;

[assembly: AssemblyFixture(typeof(ObservedOperator))]
