namespace Provisioning.Engines.Simulated;

/// <summary>The connection to a simulated machine failed: whether the call had an effect is not known to the caller.</summary>
public sealed class SimulatedConnectionException : IOException
{
    /// <summary>Without a message.</summary>
    public SimulatedConnectionException()
    {
    }

    /// <summary>With a message.</summary>
    public SimulatedConnectionException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    public SimulatedConnectionException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
