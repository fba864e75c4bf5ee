namespace Provisioning.Cli;

/// <summary>What cannot be done, said for people: what is wrong, and what to do. Nothing more is printed than this.</summary>
internal sealed class CommandError(string message) : Exception(message);
