namespace Provisioning.Api.Meta;

/// <summary>A status into which an operator can write a mark, to see by it how far its watch has come.</summary>
public interface IMarkedStatus
{
    /// <summary>The last mark; null if there was none.</summary>
    string? WatchMark { get; }
}
