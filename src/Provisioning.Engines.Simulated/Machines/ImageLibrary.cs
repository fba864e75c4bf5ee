using Provisioning.Api;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated.Machines;

/// <summary>
/// The image files of one room, by namespace and file name. A file that nobody captured, put or removed is taken to be there as its Image declares,
/// because nobody can copy files into a simulation.
/// </summary>
internal sealed class ImageLibrary
{
    public const long DeclaredImageBytes = 1L << 30;

    private readonly Lock gate = new();
    private readonly Dictionary<(string Namespace, string FileName), ImageFile?> files = [];
    private readonly HashSet<(string Namespace, string FileName)> partials = [];

    public ImageAnswer Find(string @namespace, string fileName, string digest)
    {
        lock (gate)
        {
            var path = $"memory:{@namespace}/{fileName}";
            if (!files.TryGetValue((@namespace, fileName), out var file))
                return ImageAnswer.Yes(DeclaredImageBytes, path);
            if (file is null)
                return ImageAnswer.No(Reasons.ImageFileMissing, $"The simulated library has no file {fileName}.");
            return file.Digest == digest
                ? ImageAnswer.Yes(file.SizeBytes, path)
                : ImageAnswer.No(Reasons.ImageDigestMismatch, $"The file {fileName} has the digest {file.Digest}, not {digest}.");
        }
    }

    /// <summary>The file that was captured or put under this name, or null.</summary>
    public ImageFile? Stored(string @namespace, string fileName)
    {
        lock (gate)
            return files.GetValueOrDefault((@namespace, fileName));
    }

    public void Put(string @namespace, string fileName, string digest, long sizeBytes)
    {
        lock (gate)
            files[(@namespace, fileName)] = new(digest, sizeBytes);
    }

    public void Remove(string @namespace, string fileName)
    {
        lock (gate)
            files[(@namespace, fileName)] = null;
    }

    /// <summary>Removes the file unless it is used. The question is asked under the lock that <see cref="Find"/> takes, so that no load can begin in between.</summary>
    /// <returns>The machine that uses it, or null when the file is gone.</returns>
    public string? RemoveUnlessUsed(string @namespace, string fileName, Func<string?> findUser)
    {
        lock (gate)
        {
            if (findUser() is { } user)
                return user;
            files[(@namespace, fileName)] = null;
            return null;
        }
    }

    public void BeginPartial(string @namespace, string fileName)
    {
        lock (gate)
            partials.Add((@namespace, fileName));
    }

    public bool DropPartial(string @namespace, string fileName)
    {
        lock (gate)
            return partials.Remove((@namespace, fileName));
    }

    /// <summary>Makes a partial file whole, unless another file has taken its name. Repeating it is harmless.</summary>
    public bool Publish(string @namespace, string partialName, string fileName, string digest, long sizeBytes)
    {
        lock (gate)
        {
            if (files.GetValueOrDefault((@namespace, fileName)) is { } file && file.Digest != digest)
                return false;
            partials.Remove((@namespace, partialName));
            files[(@namespace, fileName)] = new(digest, sizeBytes);
            return true;
        }
    }

    public IReadOnlyDictionary<string, string> Digests(string @namespace)
    {
        lock (gate)
            return files.Where(file => file.Key.Namespace == @namespace && file.Value is not null).ToDictionary(file => file.Key.FileName, file => file.Value!.Digest);
    }

    public IReadOnlyList<string> Partials(string @namespace)
    {
        lock (gate)
            return [.. partials.Where(partial => partial.Namespace == @namespace).Select(partial => partial.FileName).Order(StringComparer.Ordinal)];
    }
}

/// <summary>A whole image file.</summary>
internal sealed record ImageFile(string Digest, long SizeBytes);
