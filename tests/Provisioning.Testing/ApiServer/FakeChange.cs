namespace Provisioning.Testing.ApiServer;

/// <summary>One change.</summary>
/// <param name="Version">Version that it made.</param>
/// <param name="Key">Object.</param>
/// <param name="Type">ADDED, MODIFIED or DELETED.</param>
/// <param name="Json">The object after it.</param>
internal sealed record FakeChange(long Version, FakeKey Key, string Type, string Json);
