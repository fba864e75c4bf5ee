namespace Provisioning.Simulation.Worlds;

/// <summary>What goes wrong. The text of each in the table of docs/reliability.md is in <see cref="FaultTexts"/>.</summary>
internal enum FaultKind
{
    // At every boundary: API server and machines.
    KilledBeforeEffect,
    KilledAfterEffect,
    RequestLost,
    ReplyLost,
    NoReply,
    LateEffect,

    // The API server.
    Conflict,
    TooManyRequests,
    ServerError,
    Unavailable,
    StalledBody,
    CutBody,
    WatchDropped,
    WatchLate,
    WatchRepeated,
    WatchSilent,
    HistoryForgotten,
    StaleList,
    ApiAway,
    CutOff,

    // The operator's process.
    Killed,
    Stopped,
    Frozen,
    ClockJump,

    // Machines and their endpoints.
    EndpointDown,
    MachineUnreachable,
    SystemUnreachable,
    LoginRefused,
    MachineRebooted,
    MachineSwitchedOff,
    MachineDestroyed,
    MachineTampered,
    StaleLook,
    StepStuck,
    HalfDone,
    DiskFull,
    ImageFileLost,

    // People.
    NodeChanged,
    NodeMoved,
    NodeDeleted,
    NodeCreated,
    TokenSet,
    ImageReplaced,
    ImageDeleted,
    ProvisionerChanged,
    ProvisionerDeleted,
    SecretChanged,
    SecretDeleted,
    CaptureCreated,
    CaptureDeleted,
}
