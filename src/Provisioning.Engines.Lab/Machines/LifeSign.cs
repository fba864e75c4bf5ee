namespace Provisioning.Engines.Lab.Machines;

/// <summary>What an attempt to connect to a machine's SSH port came to.</summary>
internal enum LifeSign
{
    /// <summary>The connection was taken: a system runs there.</summary>
    Answers,

    /// <summary>The connection was refused: a kernel runs there, or a firewall speaks for it, and no SSH server.</summary>
    Refuses,

    /// <summary>No answer at all, or a router says that nobody is there: what a machine that is off sounds like, and one behind a broken cable too.</summary>
    Silent,

    /// <summary>We could not even ask: the name has no address, or this side has no network.</summary>
    CannotAsk,
}
