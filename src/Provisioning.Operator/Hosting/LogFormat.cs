namespace Provisioning.Operator.Hosting;

/// <summary>How log lines look.</summary>
public enum LogFormat
{
    /// <summary>A line that people read.</summary>
    Text,

    /// <summary>A JSON object in a line, for a log store.</summary>
    Json,
}
