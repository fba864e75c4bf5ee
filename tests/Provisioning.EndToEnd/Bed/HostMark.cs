namespace Provisioning.EndToEnd.Bed;

/// <summary>A moment on the VM host, from which its logs are read.</summary>
/// <param name="Line">Where the command log ended.</param>
/// <param name="Time">The host's clock.</param>
public sealed record HostMark(int Line, DateTimeOffset Time);
