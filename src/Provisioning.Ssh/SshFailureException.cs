namespace Provisioning.Ssh;

/// <summary>A connection or command that did not come to an answer. The message names the endpoint and what to do, and holds no secret.</summary>
public sealed class SshFailureException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SshFailureException(SshFailureKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>Why.</summary>
    public SshFailureKind Kind { get; }

    /// <summary>Whether a command may have been sent, so that it may still be carried out. Not so where no session came about.</summary>
    public bool MayHaveSent
    {
        get => field || Kind == SshFailureKind.ConnectionLost;
        init;
    }
}

/// <summary>Why a connection or command came to no answer.</summary>
public enum SshFailureKind
{
    /// <summary>No TCP connection, or no SSH server behind it.</summary>
    Unreachable,

    /// <summary>The server showed a host key that is not among the accepted ones.</summary>
    HostKeyMismatch,

    /// <summary>No host key is accepted for this endpoint.</summary>
    HostKeyUnknown,

    /// <summary>The server refused the login.</summary>
    CredentialsRefused,

    /// <summary>The key or password cannot be used, for example because it is no private key.</summary>
    CredentialsInvalid,

    /// <summary>It took too long.</summary>
    TimedOut,

    /// <summary>An established connection broke; whether the command took effect is not known.</summary>
    ConnectionLost,
}
