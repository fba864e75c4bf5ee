namespace Provisioning.Core.Status;

/// <summary>Types of the conditions that this product writes.</summary>
public static class ConditionTypes
{
    /// <summary>Summary: the object is as declared.</summary>
    public const string Ready = nameof(Ready);

    /// <summary>Present only while something is being done or waited for.</summary>
    public const string Reconciling = nameof(Reconciling);

    /// <summary>Present only while a person must act.</summary>
    public const string Stalled = nameof(Stalled);

    /// <summary>Whether the machine, or the engine's endpoint, answers.</summary>
    public const string Reachable = nameof(Reachable);

    /// <summary>Whether the power state is as declared.</summary>
    public const string PowerMatched = nameof(PowerMatched);

    /// <summary>Whether the image is as declared.</summary>
    public const string ImageMatched = nameof(ImageMatched);

    /// <summary>Whether the logins are accepted.</summary>
    public const string CredentialsValid = nameof(CredentialsValid);

    /// <summary>Whether the Node is paused.</summary>
    public const string Paused = nameof(Paused);
}
