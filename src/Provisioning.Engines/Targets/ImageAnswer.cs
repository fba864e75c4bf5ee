using Provisioning.Api.Machines;

namespace Provisioning.Engines.Targets;

/// <summary>Whether a library has an image: yes with its size, certainly no, or unknown with the reason.</summary>
/// <param name="Exists">Whether it is there, and whole as far as was asked.</param>
/// <param name="SizeBytes">Size of the file in bytes, if it exists.</param>
/// <param name="Path">Where it is, for people.</param>
public sealed record ImageAnswer(Fact Exists, long SizeBytes = 0, string Path = "")
{
    /// <summary>Whether the file is a copy that <see cref="IProvisioningEngine.RetrieveImageAsync"/> made. Only such a one is ever deleted for being unused.</summary>
    public bool IsFetched { get; init; }

    /// <summary>Bytes of a copy of it, where they are more than those of a single file; null: as many as it has, negative: it cannot be copied.</summary>
    public long? CopyBytes { get; init; }

    /// <summary>Could not be told.</summary>
    public static ImageAnswer Unknown(string reason, string? detail = null) => new(Fact.Unknown(reason, detail));

    /// <summary>Certainly absent, damaged or other than its digest.</summary>
    public static ImageAnswer No(string reason, string? detail = null) => new(Fact.Not(reason, detail));

    /// <summary>There.</summary>
    public static ImageAnswer Yes(long sizeBytes, string path) => new(Fact.Yes, sizeBytes, path);
}
