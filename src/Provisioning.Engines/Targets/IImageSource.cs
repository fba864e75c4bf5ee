namespace Provisioning.Engines.Targets;

/// <summary>The file of an image in one library, opened for copying it into another. The bytes never change: an image has a digest.</summary>
public interface IImageSource
{
    /// <summary>Where it is, for people: the name of the Provisioner.</summary>
    string Name { get; }

    /// <summary>Size of the file in bytes.</summary>
    long SizeBytes { get; }

    /// <summary>Reads a part.</summary>
    /// <param name="offset">First byte, from 0.</param>
    /// <param name="count">Number of bytes; fewer are answered only at the end of the file.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="IOException">The library could not be read; the message says why.</exception>
    Task<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken);
}
