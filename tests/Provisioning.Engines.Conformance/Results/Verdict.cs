namespace Provisioning.Engines.Conformance.Results;

/// <summary>What a test came to for a row of the table.</summary>
public static class Verdict
{
    /// <summary>The engine has it, and it held.</summary>
    public const string Pass = "pass";

    /// <summary>The engine lacks it, and says so without doing anything.</summary>
    public const string NotSupported = "NotSupported";

    /// <summary>It did not hold.</summary>
    public const string Failed = "FAIL";

    /// <summary>Begins the reason why the counterpart cannot show it.</summary>
    public const string Impossible = "not possible, ";
}
