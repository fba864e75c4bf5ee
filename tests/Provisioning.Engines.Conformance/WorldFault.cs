namespace Provisioning.Engines.Conformance;

/// <summary>What can go wrong between an engine and its world.</summary>
public enum WorldFault
{
    /// <summary>Nothing answers at the address.</summary>
    Unreachable,

    /// <summary>The login is refused.</summary>
    CredentialsRefused,

    /// <summary>Commands are answered with something that cannot be right, and do nothing.</summary>
    Garbled,

    /// <summary>Commands are not answered before the engine's patience has run out; the world makes that time pass quickly. They do nothing.</summary>
    Slow,

    /// <summary>Commands are accepted, do nothing and are not answered at all while the fault lasts; only a cancellation ends such a call.</summary>
    Silent,

    /// <summary>Commands take their effect, but the connection breaks before their answer.</summary>
    LostReply,

    /// <summary>Work that is begun goes on for ever and gets nowhere.</summary>
    Stuck,
}
