namespace Provisioning.Operator.Telemetry;

/// <summary>The meter of what this product does.</summary>
internal static class OperatorMeter
{
    public const string Name = "Provisioning.Operator";
}
